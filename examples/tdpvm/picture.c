/* SPDX-License-Identifier: BSD-2-Clause */
#include "picture.h"
#include "problem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 800, HEIGHT = 320, TOP = 50, CELL = 12 };

/* The head of a file of that size. NULL: a problem is set. */
static FILE *begin(const char *path, const char *title, unsigned width, unsigned height)
{
	FILE *f = fopen(path, "w");

	if (!f) {
		problem("%s: %s", path, strerror(errno));
		return NULL;
	}
	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" font-family=\"sans-serif\">\n", width,
		height);
	fprintf(f, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n<text x=\"10\" y=\"20\" font-size=\"16\">%s</text>\n",
		title);
	return f;
}

/* The end; what could not be written shows here at the latest. */
static bool end(FILE *f, const char *path)
{
	fputs("</svg>\n", f);
	const bool bad = ferror(f);
	return (fclose(f) == 0 && !bad) || problem("%s: %s", path, strerror(errno));
}

bool picture_bars(const char *path, const char *title, const uint64_t *value, unsigned count)
{
	FILE *f = begin(path, title, WIDTH, TOP + HEIGHT + 30);
	uint64_t most = 1;

	if (!f)
		return false;
	for (unsigned i = 0; i < count; i++)
		most = value[i] > most ? value[i] : most;
	const double step = (double)(WIDTH - 20) / (count ? count : 1);
	for (unsigned i = 0; i < count; i++) {
		const double high = (double)value[i] / (double)most * HEIGHT, x = 10 + i * step;

		fprintf(f, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#3a6ea5\"/>\n", x,
			TOP + HEIGHT - high, step * 0.8, high);
		fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"11\">%" PRIu64 "</text>\n", x, TOP + HEIGHT - high - 3,
			value[i]);
		fprintf(f, "<text x=\"%.1f\" y=\"%d\" font-size=\"11\">%u</text>\n", x, TOP + HEIGHT + 15, i);
	}
	return end(f, path);
}

bool picture_heat(const char *path, const char *title, const double *cell, unsigned rows, unsigned columns)
{
	FILE *f = begin(path, title, 20 + columns * CELL, TOP + rows * CELL + 10);

	if (!f)
		return false;
	for (unsigned r = 0; r < rows; r++)
		for (unsigned c = 0; c < columns; c++) {
			const double hot = cell[r * columns + c];
			const unsigned cold = (unsigned)(255 * (1 - (hot < 0 ? 0 : hot > 1 ? 1 : hot)));

			fprintf(f, "<rect x=\"%u\" y=\"%u\" width=\"%d\" height=\"%d\" fill=\"rgb(255,%u,%u)\"/>\n", 10 + c * CELL,
				TOP + r * CELL, CELL, CELL, cold, cold);
		}
	return end(f, path);
}
