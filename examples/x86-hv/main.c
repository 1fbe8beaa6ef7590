/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small type-1 hypervisor on tdpmmu: what an embedder writes, and what the processor makes of it. Words: on=svm or on=vmx, only=matrix,
 * logs, aging or race, break=..., guest=stray, tables=N, steps=N.
 */
#include "breaks.h"
#include "parts.h"
#include "pool.h"

const struct virt *virt;

static bool word_is(const char *name, const char *value)
{
	const char *word = machine_word(name);

	while (word && *value && *word == *value) {
		word++;
		value++;
	}
	return word && *value == 0 && (*word == 0 || *word == ' ');
}

/* What the processor has; or what it was told to use, if it has that. */
static const struct virt *choose(void)
{
	const struct virt *const both[] = {&virt_svm, &virt_vmx};

	for (unsigned i = 0; i < 2; i++)
		if (!machine_word("on") ? !both[i]->missing() : word_is("on", i ? "vmx" : "svm")) {
			if (both[i]->missing())
				machine_fail("this processor has %s", both[i]->missing());
			return both[i];
		}
	if (machine_word("on"))
		machine_fail("on=%s: there are svm and vmx", machine_word("on"));
	machine_fail("this processor has %s, and %s", virt_svm.missing(), virt_vmx.missing());
}

static bool wanted(const char *part)
{
	return !machine_word("only") || word_is("only", part);
}

static void show(const struct form *form)
{
	if (wanted("matrix"))
		matrix(form);
	if (form->legacy) /* its host cannot take interrupts, and the guest's programs are of 64 bits */
		return;
	if (wanted("logs"))
		dirty_logs(form);
	if (wanted("aging"))
		aging(form);
	if (wanted("race"))
		race(form);
}

_Noreturn void payload_main(void)
{
	struct form forms[MOST_FORMS];
	unsigned n;

	machine_init();
	if (machine_memory_end() < MEMORY_NEEDED)
		machine_fail("too little memory for the pools: %lu MiB are needed, this machine has %lu", MEMORY_NEEDED >> 20,
			     machine_memory_end() >> 20);
	if (machine_word("loader") && !word_is("loader", machine_loader()))
		machine_fail("started as %s, and not as it was to be", machine_loader());
	break_choose();
	virt = choose();
	virt->enable();
	pool_init(TABLES_START, (unsigned)machine_number("tables", TABLES));
	n = virt->forms(forms);
	say("tdpmmu on %s, %s, started as %s, broken on purpose: %s\n", virt->name, machine_is_bochs() ? "Bochs" : "not Bochs",
	    machine_loader(), break_name());
	if (word_is("guest", "stray"))
		stray(&forms[0]);
	if (wanted("race") && !cpus_start())
		machine_fail("no second processor");
	for (unsigned i = 0; i < n; i++)
		show(&forms[i]);
	machine_quit(0);
}
