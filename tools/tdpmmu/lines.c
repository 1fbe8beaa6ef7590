/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words of a line are what stands between blanks and punctuation. A number is an entry if the word before it says so ("spte", "old_spte",
 * "new_spte", "pte"; "old" and "new" where KVM's fast_page_fault tells them), or if the line consists of numbers alone, the
 * first of which is an address if a colon follows it.
 */
#include "lines.h"

#include <string.h>

/* A word, and what stands right behind it. */
struct word {
	char text[KEY_TEXT];
	char after;
};

/* The next word at *at, which moves on; false at the end. A word too long for a number or a key is cut, and then is neither. */
static bool next_word(const char **at, struct word *word)
{
	static const char between[] = " \t\r\n,;=:()[]{}|<>\"'";
	const char *start = *at + strspn(*at, between);
	const size_t len = strcspn(start, between);

	if (len == 0)
		return false;
	if (len < sizeof(word->text)) {
		memcpy(word->text, start, len);
		word->text[len] = 0;
	} else {
		strcpy(word->text, "?");
	}
	word->after = start[len];
	*at = start + len;
	return true;
}

/* Does the number after this word belong to an entry? */
static bool is_key(const char *word, bool fast_fault, const char *const *keys, unsigned n_keys)
{
	static const char *const usual[] = {"spte", "old_spte", "new_spte", "pte", "old", "new"};

	for (unsigned i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if ((i < 4 || fast_fault) && strcmp(word, usual[i]) == 0)
			return true;
	}
	for (unsigned i = 0; i < n_keys; i++) {
		if (strcmp(word, keys[i]) == 0)
			return true;
	}
	return false;
}

/* Remembers an entry, if there is room. */
static void add(struct line *line, const char *key, uint64_t value)
{
	if (line->count == MAX_FOUND)
		return;
	strcpy(line->found[line->count].key, key);
	line->found[line->count++].value = value;
}

/* Entries after key words, and the level. */
static void read_keyed(struct line *line, const char *text, const char *const *keys, unsigned n_keys)
{
	const bool fast_fault = strstr(text, "fast_page_fault") != NULL;
	struct word word, previous = {"", 0};
	uint64_t value;

	while (next_word(&text, &word)) {
		if (strcmp(previous.text, "level") == 0 && word.text[0] >= '0' && word.text[0] <= '9' && !word.text[1]) {
			line->level = (unsigned)(word.text[0] - '0');
			line->level_given = true;
		} else if (is_key(previous.text, fast_fault, keys, n_keys) && parse_hex(word.text, &value)) {
			add(line, previous.text, value);
		}
		previous = word;
	}
}

/* Entries of a line of numbers; none if there is anything else in it. */
static void read_bare(struct line *line, const char *text)
{
	unsigned words = 0;
	struct word word;
	uint64_t value;

	while (next_word(&text, &word)) {
		if (!parse_hex(word.text, &value)) {
			line->count = 0;
			return;
		}
		if (words++ > 0 || word.after != ':')
			add(line, "", value);
	}
	line->alone = words == 1 && line->count == 1;
}

void line_read(struct line *line, const char *text, const char *const *keys, unsigned n_keys)
{
	line->count = 0;
	line->alone = line->level_given = false;
	read_keyed(line, text, keys, n_keys);
	if (line->count == 0)
		read_bare(line, text);
}
