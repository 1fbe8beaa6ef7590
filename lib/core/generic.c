/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine over a format known at run time only: for formats defined outside the library, and for tests. The same code, but every
 * mask is a load and every codec function an indirect call.
 */
#define TDP_INSTANCE	       tdp_generic
#define TDP_INSTANCE_FORMAT(t) ((t)->layout.format)
#define TDP_INSTANCE_PUBLIC    NULL
#include "instance.h"

/* Formats without an engine of their own share this one: see own_engines in meson_options.txt. */
#ifdef TDP_SHARED_ENGINES
#define SHARED(format) TDP_ENGINE(TDP_PASTE(format, _engine), &format);
TDP_SHARED_ENGINES
#endif
