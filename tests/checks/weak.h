/* SPDX-License-Identifier: BSD-2-Clause */
/* For bare-run.sh: tests know every format, the archive has those of one processor. Those that it has not are NULL, and not asked for. */
#pragma weak tdp_ept
#pragma weak tdp_ept_engine
#pragma weak tdp_ept_noad
#pragma weak tdp_ept_noad_engine
#pragma weak tdp_npt
#pragma weak tdp_npt_engine
#pragma weak tdp_npt_pae
#pragma weak tdp_npt_pae_engine
#pragma weak tdp_s2_4k
#pragma weak tdp_s2_4k_engine
#pragma weak tdp_s2_4k_lpa2
#pragma weak tdp_s2_4k_lpa2_engine
