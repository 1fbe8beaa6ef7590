/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pre-copy, as live migration does it: copy all memory while the guest writes, then what it wrote meanwhile, over and over; when that
 * has become little, stop the guest and copy the rest. The copy must be the guest's memory, byte for byte.
 *
 * Then more rounds, in which KVM is asked as well. Our log and KVM's are taken while every vCPU is parked: the two questions are asked
 * at different moments, and a write between them would be in one answer only. What KVM names besides are page tables: the processor, or
 * KVM, writes A and D bits there. The host itself writes no page of the guest.
 */
#include "act.h"
#include "kvm_log.h"
#include "picture.h"
#include "problem.h"
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROUNDS_MAX = 30,
	ROUNDS_KVM = 12,  /* compared with KVM's log */
	ROUND_MS = 40,	  /* the guest runs so long before each of these */
	LITTLE = 10,	  /* converged: what is left takes no more milliseconds of the link */
	PATIENCE = 4,	  /* rounds that need not become shorter */
	LINK = 32768,	  /* pages per second that the link takes: 128 MiB/s */
	LINK_CHUNK = 1024 /* pages sent in one go */
};

struct migration {
	struct vm *vm;
	struct frame_set dirty, kvm;
	uint8_t *copy; /* of guest memory, by frame */
	json_t *rounds;
	uint64_t pages[ROUNDS_MAX + 2]; /* sent in each round */
	unsigned count;
	uint64_t only_ours, only_kvm, kvm_rounds;
	uint64_t kvm_pages; /* that both named, over all rounds */
};

/* A row of the table, and the same for JSON. */
static void tell(struct migration *m, const char *kind, uint64_t dirty, double seconds)
{
	json_t *row = json_object();

	act_put_number(row, "round", m->count);
	json_object_set_new(row, "kind", json_string(kind));
	act_put_number(row, "pages", dirty);
	act_put_real(row, "seconds", seconds);
	json_array_append_new(m->rounds, row);
	if (!m->vm->options->json)
		printf("  %5u  %-8s  %8" PRIu64 "  %10.1f\n", m->count, kind, dirty, seconds * 1e3);
}

/* Send what a set names, no faster than the link takes it (a guest that has stopped is not waited for: then the rest is short). */
static bool send_pages(struct migration *m, bool paced)
{
	const double begin = now_seconds();
	uint64_t sent = 0;

	for (uint64_t f = 0; f < m->dirty.frames; f++) {
		if (!frame_set_has(&m->dirty, f))
			continue;
		memcpy(m->copy + f * FRAME_4K, m->vm->machine.ram + f * FRAME_4K, FRAME_4K);
		if (++sent % LINK_CHUNK == 0 && paced) {
			const double late = begin + (double)sent / LINK - now_seconds();

			if (late > 0 && !act_wait(m->vm, (unsigned)(late * 1e3)))
				return false;
		}
	}
	return true;
}

/* One round: collect, send, tell. */
static bool one_round(struct migration *m, const char *kind, bool paced)
{
	const double begin = now_seconds();

	if (!log_collect(&m->vm->space, &m->vm->self, &m->dirty) || !send_pages(m, paced))
		return false;
	const uint64_t pages = frame_set_count(&m->dirty);
	if (m->count < ROUNDS_MAX + 2)
		m->pages[m->count] = pages;
	tell(m, kind, pages, now_seconds() - begin);
	m->count++;
	return true;
}

/* Every frame that backs a page: the first round sends all of them. */
static void name_all(struct migration *m)
{
	const struct regions *r = &m->vm->regions;

	memset(m->dirty.words, 0, m->dirty.frames / 8);
	for (unsigned i = 0; i < r->count; i++)
		if (r->one[i].page)
			frame_set_add(&m->dirty, &r->one[i]);
}

/* Begin to log: split first, so that a write never has to. */
static bool begin(struct migration *m, json_t *root)
{
	struct vm *vm = m->vm;
	struct tdp_stats stats = {0};
	const double start = now_seconds();

	for (unsigned i = 0; i < 2; i++)
		if (!log_split(&vm->space, &vm->self, vm->data[i], &stats))
			return false;
	act_put_number(root, "split_leaves", stats.split);
	act_put_real(root, "split_seconds", now_seconds() - start);
	/* No fault that does not know of the log is under way when it begins. */
	if (!park_all(&vm->park, vm->vcpus.count))
		return false;
	vm->space.logging = true;
	const bool ok = kvm_log_switch(&vm->machine, true) && log_collect(&vm->space, &vm->self, &m->dirty);
	park_release(&vm->park);
	return ok;
}

/* Pages of the copy that are not what the guest has. The guest stands still. */
static uint64_t lost_pages(struct migration *m)
{
	uint64_t lost = 0;

	name_all(m);
	for (uint64_t f = 0; f < m->dirty.frames; f++)
		lost += frame_set_has(&m->dirty, f) && memcmp(m->copy + f * FRAME_4K, m->vm->machine.ram + f * FRAME_4K, FRAME_4K);
	return lost;
}

/* Rounds until little is left, then the last one with the guest stopped. Leaves it parked. */
static bool precopy(struct migration *m, bool *converged, double *downtime)
{
	const double start = now_seconds();
	unsigned flat = 0;

	name_all(m);
	const uint64_t all = frame_set_count(&m->dirty);
	if (!send_pages(m, true))
		return false;
	m->pages[m->count] = all;
	tell(m, "all", all, now_seconds() - start);
	m->count++;
	for (*converged = false; !*converged && flat < PATIENCE && m->count <= ROUNDS_MAX;) {
		if (!one_round(m, "running", true))
			return false;
		*converged = m->pages[m->count - 1] <= LITTLE * LINK / 1000;
		flat += m->pages[m->count - 1] >= m->pages[m->count - 2] - m->pages[m->count - 2] / 16;
	}
	const double stop = now_seconds();
	if (!park_all(&m->vm->park, m->vm->vcpus.count) || !one_round(m, "stopped", false))
		return false;
	*downtime = now_seconds() - stop;
	/* KVM's log begins anew together with ours. */
	return kvm_log_collect(&m->vm->machine, &m->kvm);
}

/* Stacks that are never armed say nothing. */
static void leave_out_stacks(struct migration *m)
{
	const struct regions *r = &m->vm->regions;

	for (unsigned i = 0; i < r->count; i++)
		for (uint64_t p = 0; r->one[i].stack && p < r->one[i].pages; p++) {
			const uint32_t frame = r->one[i].page[p].frame;

			m->dirty.words[frame / 64] &= ~(1ull << frame % 64);
			m->kvm.words[frame / 64] &= ~(1ull << frame % 64);
		}
}

/* Our log against KVM's, without the frames that page tables lie in. */
static void compare_logs(struct migration *m)
{
	const uint64_t tables = m->vm->tables.base / FRAME_4K;

	if (m->vm->space.write_protect)
		leave_out_stacks(m);
	for (uint64_t f = 0; f < tables; f++) {
		const bool ours = frame_set_has(&m->dirty, f), kvm = frame_set_has(&m->kvm, f);

		m->only_ours += ours && !kvm;
		m->only_kvm += kvm && !ours;
		m->kvm_pages += kvm && ours;
	}
	m->kvm_rounds++;
}

/* Rounds in which KVM is asked, too. Begins and ends with the guest parked. */
static bool with_kvm(struct migration *m)
{
	struct vm *vm = m->vm;

	while (m->kvm_rounds < ROUNDS_KVM) {
		park_release(&vm->park);
		if (!act_wait(vm, ROUND_MS) || !park_all(&vm->park, vm->vcpus.count))
			return false;
		if (!one_round(m, "with KVM", false) || !kvm_log_collect(&vm->machine, &m->kvm))
			return false;
		compare_logs(m);
	}
	return true;
}

/* The numbers that matter most, for both kinds of reader. */
static bool finish(struct migration *m, json_t *root, uint64_t lost, bool converged, double downtime)
{
	const struct options *o = m->vm->options;
	const struct stats s = act_stats(m->vm);
	const bool equal = !m->only_ours && !m->only_kvm && m->kvm_pages;

	json_object_set_new(root, "log", json_string(o->write_protect ? "write-protect" : "hardware"));
	act_put_bool(root, "converged", converged);
	act_put_real(root, "downtime_seconds", downtime);
	act_put_number(root, "faults_logged", s.fast);
	act_put_number(root, "faults", s.faults);
	act_put_number(root, "flushes", s.flushes);
	act_put_number(root, "kvm_rounds", m->kvm_rounds);
	act_put_number(root, "kvm_pages", m->kvm_pages);
	act_put_number(root, "kvm_only_ours", m->only_ours);
	act_put_number(root, "kvm_only_kvm", m->only_kvm);
	act_put_bool(root, "kvm_log_equal", equal);
	act_put_number(root, "lost", lost);
	if (!o->json)
		printf("\nlost: %" PRIu64 "\nkvm_log_equal: %s (%" PRIu64 " rounds, %" PRIu64 " pages; only ours %" PRIu64
		       ", only KVM's %" PRIu64 ")\n%s; the guest stood still for %.1f ms; %" PRIu64 " writes faulted\n",
		       lost, equal ? "true" : "false", m->kvm_rounds, m->kvm_pages, m->only_ours, m->only_kvm,
		       converged ? "converged" : "became no shorter any more", downtime * 1e3, s.fast);
	return !lost && equal;
}

/* All of it, with memory for it. */
static bool migrate(struct migration *m, json_t *root)
{
	bool converged;
	double downtime;

	if (!m->vm->options->json)
		puts("  round  guest        pages  milliseconds");
	if (!begin(m, root) || !precopy(m, &converged, &downtime))
		return false;
	const unsigned curve = m->count;
	uint64_t lost = lost_pages(m);
	if (!with_kvm(m))
		return false;
	lost += lost_pages(m);
	json_object_set(root, "rounds", m->rounds);
	const bool drawn = !m->vm->options->svg || picture_bars(m->vm->options->svg, "pages sent per round", m->pages, curve);
	return finish(m, root, lost, converged, downtime) && drawn;
}

bool act_dirty(struct vm *vm, json_t *root)
{
	struct migration m = {.vm = vm, .copy = calloc(1, vm->machine.size), .rounds = json_array()};
	bool ok = m.copy || problem("out of memory");

	ok = ok && frame_set_open(&m.dirty, vm->machine.size) && frame_set_open(&m.kvm, vm->machine.size) && migrate(&m, root);
	frame_set_close(&m.dirty);
	frame_set_close(&m.kvm);
	json_decref(m.rounds);
	free(m.copy);
	return ok;
}
