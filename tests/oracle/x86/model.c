/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls replayed; see model.h. */
#include "model.h"

#include <tdpmmu/types.h>

#include "machine.h"

void model_add(struct model *m, struct model_call call)
{
	if (call.size == 0)
		return;
	if (m->count == MODEL_CALLS)
		machine_fail("the model is full");
	m->calls[m->count++] = call;
}

/* Absent memory only, so what is there stays as it is. */
static void map(struct model_page *p, const struct model_call *c, uint64_t gpa)
{
	if (p->mapped)
		return;
	*p = (struct model_page){
		.mapped = true, .hpa = c->hpa + (gpa - c->gpa), .prot = c->prot, .memtype = c->memtype, .flags = c->flags};
}

static void replay(struct model_page *p, const struct model_call *c, uint64_t gpa)
{
	switch (c->change) {
	case MODEL_MAP:
		map(p, c, gpa);
		break;
	case MODEL_MOVE:
		p->mapped = false;
		map(p, c, gpa);
		break;
	case MODEL_ZAP:
		*p = (struct model_page){.mapped = false};
		break;
	case MODEL_PROT:
		if (!p->mapped)
			break;
		p->prot = c->prot;
		p->closed = p->closed && !(c->prot & TDP_W);
		break;
	case MODEL_PROTECT:
		p->closed = p->mapped && (p->closed || (p->prot & TDP_W));
		break;
	case MODEL_NOTE:
		if (!p->mapped)
			*p = (struct model_page){.note = true};
		break;
	}
}

struct model_page model_at(const struct model *m, uint64_t gpa)
{
	struct model_page p = {.mapped = false};

	for (const struct model_call *c = m->calls; c < m->calls + m->count; c++)
		if (gpa - c->gpa < c->size)
			replay(&p, c, gpa);
	return p;
}
