/* SPDX-License-Identifier: BSD-2-Clause */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void image_open(struct image *image, const char *name, tdp_hpa_t base)
{
	const int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *bytes = NULL;

	if (fd < 0 || fstat(fd, &status) < 0)
		trouble("%s: %s", name, strerror(errno));
	if (!S_ISREG(status.st_mode))
		trouble("%s: not a regular file", name);
	if (status.st_size > 0) {
		bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (bytes == MAP_FAILED)
			trouble("%s: %s", name, strerror(errno));
	}
	close(fd);
	*image = (struct image){name, bytes, (uint64_t)status.st_size, base};
}

void image_close(struct image *image)
{
	if (image->bytes)
		munmap((void *)(uintptr_t)image->bytes, (size_t)image->size);
}

/* The view's window into the file. */
static bool image_read(void *ctx, tdp_hpa_t hpa, void *buf, size_t bytes)
{
	const struct image *image = ctx;

	if (hpa < image->base || hpa - image->base > image->size || bytes > image->size - (hpa - image->base))
		return false;
	memcpy(buf, image->bytes + (hpa - image->base), bytes);
	return true;
}

/* The geometry that a register tells, and what else the options say about the machine. */
static void layout_from_register(const struct options *options, struct tdp_view *view)
{
	const struct format_line *line = options->line;
	const struct tdp_layout widest = options_layout(options);
	struct tdp_regs regs = {.base = options->reg, .control = options->control};
	enum tdp_result result;

	if (options->gpa_bits)
		usage_error("--gpa-bits: that is what --reg%s says", line->family->control_name ? " and --control say" : " says");
	if (options->control != 0 && !line->family->control_name)
		usage_error("--control: %s tells all there is", line->family->register_name);
	if (line->family->control_needed && !options->control_given)
		usage_error("--reg is %s; --control, which is %s, is needed, too", line->family->register_name,
			    line->family->control_name);
	if (!options->control_given && line->family->control_usual)
		regs.control = line->family->control_usual(&widest);
	result = tdp_layout_from_regs(&view->layout, line->format, &regs, &view->root);
	if (result == TDP_UNSUPPORTED)
		usage_error("--reg: this value of %s is of another format than %s", line->family->register_name, line->name);
	if (result != TDP_OK)
		usage_error("--reg: %s cannot have this value", line->family->register_name);
	view->layout.features = (view->layout.features | options->features_on) & ~options->features_off;
	view->layout.pat = widest.pat;
	view->layout.entry_or = widest.entry_or;
	view->root &= ~widest.entry_or;
	if (options->hpa_bits)
		view->layout.hpa_bits = widest.hpa_bits;
	if (options->leaf_sizes)
		view->layout.leaf_levels &= widest.leaf_levels;
}

struct tdp_view image_view(const struct options *options, struct image *image)
{
	struct tdp_view view = {.read = image_read, .ctx = image};

	if (!options->line)
		usage_error("which format? --format is one of %s", format_names());
	if (options->root_given == options->reg_given)
		usage_error("where is the root? Either --root or --reg is needed");
	if (options->control_given && !options->reg_given)
		usage_error("--control goes with --reg");
	if (options->reg_given) {
		layout_from_register(options, &view);
		return view;
	}
	view.layout = options_layout(options);
	view.root = options->root;
	if (view.root % 32 != 0 || view.root >> view.layout.hpa_bits != 0)
		usage_error("--root: no table can be there");
	return view;
}
