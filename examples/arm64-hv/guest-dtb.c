/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the guest's device tree out of the machine's: its memory and CPUs, what to boot, and of the devices only those that the hypervisor
 * gives away. Runs on the host, with libfdt.
 * guest-dtb IN OUT MEMORY_MIB CPUS INITRD_BYTES SEED BOOTARGS
 */
#include <errno.h>
#include <libfdt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 65536, MIB = 1 << 20, SEED_WORDS = 8 };
#define GUEST_BASE   UINT64_C(0x40000000)
#define GUEST_INITRD (GUEST_BASE + UINT64_C(0x08000000))

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "guest-dtb: %s: %s\n", what, fdt_strerror(result));
	exit(2);
}

static void *read_tree(const char *name)
{
	FILE *f = fopen(name, "rb");
	void *raw = calloc(1, 1 << 21), *tree = calloc(1, (1 << 21) + ROOM);
	size_t size;

	if (!f || !raw || !tree) {
		fprintf(stderr, "guest-dtb: %s: %s\n", name, strerror(errno));
		exit(2);
	}
	size = fread(raw, 1, 1 << 21, f);
	fclose(f);
	check(size < sizeof(struct fdt_header) ? -FDT_ERR_TRUNCATED : fdt_check_header(raw), name);
	check(fdt_open_into(raw, tree, (int)fdt_totalsize(raw) + ROOM), name);
	free(raw);
	return tree;
}

static void write_tree(const char *name, void *tree)
{
	FILE *f;
	size_t size;

	check(fdt_pack(tree), "pack");
	size = fdt_totalsize(tree);
	f = fopen(name, "wb");
	if (f && fwrite(tree, 1, size, f) == size && fclose(f) == 0)
		return;
	fprintf(stderr, "guest-dtb: %s: %s\n", name, strerror(errno));
	exit(2);
}

static int node(const void *tree, const char *path)
{
	const int offset = fdt_path_offset(tree, path);

	check(offset, path);
	return offset;
}

/* Whether the guest has the device of a node below the root, or needs what the node says. */
static int is_kept(const char *name)
{
	static const char *const kept[] = {
		"memory@", "chosen", "psci", "cpus", "timer", "intc@", "pl011@", "pl031@", "apb-pclk", "aliases",
	};

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (strncmp(name, kept[i], strlen(kept[i])) == 0)
			return 1;
	}
	return 0;
}

static void drop_devices(void *tree)
{
	int child = fdt_first_subnode(tree, 0);

	while (child >= 0) {
		if (is_kept(fdt_get_name(tree, child, NULL))) {
			child = fdt_next_subnode(tree, child);
			continue;
		}
		check(fdt_del_node(tree, child), "device");
		child = fdt_first_subnode(tree, 0);
	}
}

static void drop_cpus(void *tree, unsigned cpus)
{
	char path[32];

	fdt_delprop(tree, node(tree, "/cpus"), "cpu-map");
	for (unsigned i = 0; i < 16; i++) {
		int offset;

		snprintf(path, sizeof(path), "/cpus/cpu@%x", i);
		offset = fdt_path_offset(tree, path);
		if (offset >= 0 && i >= cpus)
			check(fdt_del_node(tree, offset), path);
	}
	if (fdt_path_offset(tree, "/cpus/cpu-map") >= 0)
		check(fdt_del_node(tree, node(tree, "/cpus/cpu-map")), "cpu-map");
}

/* Randomness out of the seed, so that a run can be repeated. */
static void set_seed(void *tree, uint64_t seed)
{
	uint64_t words[SEED_WORDS];

	for (unsigned i = 0; i < SEED_WORDS; i++) {
		seed = (seed ^ seed >> 31) * UINT64_C(0x9e3779b97f4a7c15) + i + 1;
		words[i] = seed;
	}
	check(fdt_setprop_u64(tree, node(tree, "/chosen"), "kaslr-seed", words[0]), "kaslr-seed");
	check(fdt_setprop(tree, node(tree, "/chosen"), "rng-seed", words, sizeof(words)), "rng-seed");
}

int main(int argc, char **argv)
{
	const fdt64_t memory[2] = {cpu_to_fdt64(GUEST_BASE), cpu_to_fdt64(argc == 8 ? strtoull(argv[3], NULL, 0) * MIB : 0)};
	void *tree;

	if (argc != 8) {
		fprintf(stderr, "usage: guest-dtb IN OUT MEMORY_MIB CPUS INITRD_BYTES SEED BOOTARGS\n");
		return 2;
	}
	tree = read_tree(argv[1]);
	drop_devices(tree);
	drop_cpus(tree, (unsigned)strtoul(argv[4], NULL, 0));
	check(fdt_setprop(tree, node(tree, "/memory@40000000"), "reg", memory, sizeof(memory)), "memory");
	check(fdt_setprop_string(tree, node(tree, "/psci"), "method", "hvc"), "psci");
	check(fdt_setprop(tree, node(tree, "/chosen"), "bootargs", argv[7], (int)strlen(argv[7]) + 1), "bootargs");
	check(fdt_setprop_u64(tree, node(tree, "/chosen"), "linux,initrd-start", GUEST_INITRD), "initrd");
	check(fdt_setprop_u64(tree, node(tree, "/chosen"), "linux,initrd-end", GUEST_INITRD + strtoull(argv[5], NULL, 0)),
	      "initrd");
	set_seed(tree, strtoull(argv[6], NULL, 0));
	write_tree(argv[2], tree);
	free(tree);
	return 0;
}
