/* SPDX-License-Identifier: BSD-2-Clause */
#include "payload.h"
#include "problem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gelf.h>
#include <tdpmmu/types.h>

/* Assembled into the program by guest/builtin.S. */
extern const uint8_t payload_builtin[], payload_builtin_end[];

/* Read from a file until size bytes are there. */
static bool read_all(int fd, const char *name, uint8_t *to, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, to + done, size - done);

		if (n < 0)
			return problem("%s: %s", name, strerror(errno));
		if (n == 0)
			return problem("%s: the file became shorter while it was read", name);
		done += (size_t)n;
	}
	return true;
}

/* Read a whole file that is not larger than limit. */
static bool read_file(struct payload *p, const char *path, uint64_t limit)
{
	struct stat st;
	bool ok = false;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0) {
		problem("%s: %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		problem("%s: not a file", path);
	} else if ((uint64_t)st.st_size > limit) {
		problem("%s: larger than the memory for programs (%" PRIu64 " KiB)", path, limit >> 10);
	} else {
		p->size = (size_t)st.st_size;
		p->image = malloc(p->size + 1);
		ok = p->image ? read_all(fd, path, p->image, p->size) : problem("out of memory");
	}
	if (fd >= 0)
		close(fd);
	return ok;
}

/* Copy what is built in: libelf wants memory it could write to. */
static bool copy_builtin(struct payload *p)
{
	p->size = (size_t)(payload_builtin_end - payload_builtin);
	p->image = malloc(p->size);
	if (!p->image)
		return problem("out of memory");
	memcpy(p->image, payload_builtin, p->size);
	return true;
}

/* The file header: a static program for this kind of processor. */
static bool check_header(const char *name, Elf *elf, GElf_Ehdr *eh)
{
	if (elf_kind(elf) != ELF_K_ELF)
		return problem("%s: not an ELF file", name);
	if (gelf_getclass(elf) != ELFCLASS64)
		return problem("%s: not a 64-bit ELF file", name);
	if (!gelf_getehdr(elf, eh))
		return problem("%s: the ELF header is cut off", name);
	if (eh->e_machine != EM_X86_64 || eh->e_ident[EI_DATA] != ELFDATA2LSB)
		return problem("%s: for another machine (number %u, not x86-64)", name, eh->e_machine);
	if (eh->e_type != ET_EXEC)
		return problem("%s: not a program at fixed addresses (ELF type %u)", name, eh->e_type);
	return true;
}

/* One loadable segment; total grows by the pages it takes. */
static bool add_segment(struct payload *p, const char *name, const GElf_Phdr *ph, uint64_t limit, uint64_t *total)
{
	const uint64_t in_page = ph->p_vaddr & 4095;

	if (ph->p_offset > p->size || ph->p_filesz > p->size - ph->p_offset)
		return problem("%s: truncated: a segment ends beyond the end of the file", name);
	if (ph->p_filesz > ph->p_memsz)
		return problem("%s: a segment is larger in the file than in memory", name);
	if (ph->p_memsz > limit || *total + in_page + ph->p_memsz + 4095 > limit)
		return problem("%s: does not fit: only %" PRIu64 " KiB of memory are for programs", name, limit >> 10);
	if (ph->p_vaddr + ph->p_memsz < ph->p_vaddr || (uint64_t)((int64_t)(ph->p_vaddr << 16) >> 16) != ph->p_vaddr)
		return problem("%s: no address space at %#" PRIx64, name, ph->p_vaddr);
	if (p->count == PAYLOAD_SEGMENTS)
		return problem("%s: more than %d segments", name, PAYLOAD_SEGMENTS);
	*total += (in_page + ph->p_memsz + 4095) & ~4095ull;
	p->segment[p->count++] = (struct segment){
		.va = ph->p_vaddr,
		.offset = ph->p_offset,
		.filled = ph->p_filesz,
		.bytes = ph->p_memsz,
		.prot = (uint8_t)(TDP_R | (ph->p_flags & PF_W ? TDP_W : 0) | (ph->p_flags & PF_X ? TDP_X : 0)),
	};
	return true;
}

/* Whether the first instruction lies in something executable. */
static bool entry_is_code(const struct payload *p)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->segment[i].prot & TDP_X && p->entry - p->segment[i].va < p->segment[i].filled)
			return true;
	return false;
}

/* Everything in the file that matters. */
static bool parse(struct payload *p, const char *name, Elf *elf, uint64_t limit)
{
	GElf_Ehdr eh;
	GElf_Phdr ph;
	size_t headers;
	uint64_t total = 0;

	if (!check_header(name, elf, &eh))
		return false;
	/* libelf itself counts no more headers than are in the file. */
	if (elf_getphdrnum(elf, &headers) < 0 || headers < eh.e_phnum)
		return problem("%s: truncated: the program headers are cut off", name);
	for (size_t i = 0; i < headers; i++) {
		if (!gelf_getphdr(elf, (int)i, &ph))
			return problem("%s: truncated: the program headers are cut off", name);
		if (ph.p_type == PT_INTERP || ph.p_type == PT_DYNAMIC)
			return problem("%s: needs a dynamic linker; link it statically", name);
		if (ph.p_type == PT_LOAD && ph.p_memsz && !add_segment(p, name, &ph, limit, &total))
			return false;
	}
	p->entry = eh.e_entry;
	return entry_is_code(p) || problem("%s: the entry point %#" PRIx64 " is not in an executable segment", name, p->entry);
}

bool payload_read(struct payload *p, const char *path, uint64_t limit)
{
	const char *name = path ? path : "the built-in payload";

	*p = (struct payload){0};
	if (!(path ? read_file(p, path, limit) : copy_builtin(p)))
		return false;
	elf_version(EV_CURRENT);
	Elf *elf = elf_memory((char *)p->image, p->size);
	if (!elf)
		return problem("%s: not an ELF file", name);
	bool ok = parse(p, name, elf, limit);
	elf_end(elf);
	return ok;
}

void payload_close(struct payload *p)
{
	free(p->image);
	p->image = NULL;
}
