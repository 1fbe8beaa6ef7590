/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads JSON objects, one in a line, with a parser that is not the command's, and prints the keys of each with their types, in their
 * order: "hpa:string". Fails at a line that is no object.
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char *type_name(const json_t *value)
{
	static const char *const names[] = {"object", "array", "string", "integer", "real", "boolean", "boolean", "null"};

	return names[json_typeof(value)];
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0) {
		json_error_t error;
		json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error), *value;
		const char *key, *blank = "";

		if (!json_is_object(object)) {
			fprintf(stderr, "not an object: %s\n", error.text);
			return 1;
		}
		json_object_foreach(object, key, value)
		{
			printf("%s%s:%s", blank, key, type_name(value));
			blank = " ";
		}
		putchar('\n');
		json_decref(object);
	}
	free(line);
	return 0;
}
