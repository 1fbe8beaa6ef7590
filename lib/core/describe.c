/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One entry in words. An object of its own, so that embedders who never print do not carry it.
 */
#include "text_attrs.h"

/* " now=r-x": only if hardware permits something else than what was granted. */
static void describe_leaf(struct text *t, const struct tdp_entry *entry)
{
	text_char(t, ' ');
	text_hex(t, entry->hpa);
	text_char(t, ' ');
	text_prot(t, entry->attrs.prot);
	if (entry->live != entry->attrs.prot) {
		text_str(t, " now=");
		text_prot(t, entry->live);
	}
	text_attrs(t, &entry->attrs);
	if (entry->accessed)
		text_str(t, " A");
	if (entry->dirty)
		text_str(t, " D");
	if (entry->state & TDP_STATE_WRITTEN)
		text_str(t, " written");
	if ((entry->attrs.prot & TDP_W) && !(entry->live & TDP_W) && !(entry->state & TDP_STATE_MMU_WRITABLE))
		text_str(t, " protected");
	if (entry->state & TDP_STATE_TRACKED)
		text_str(t, " tracked");
}

/* " raw=0x...: bad address" */
static void describe_reserved(struct text *t, const struct tdp_entry *entry)
{
	static const char *const reasons[] = {"?", "permission", "memory type", "address", "level", "bits"};

	text_char(t, ' ');
	text_hex(t, entry->raw);
	text_str(t, ": bad ");
	text_str(t, entry->why <= TDP_WHY_BITS ? reasons[entry->why] : "?");
}

size_t tdp_describe(const struct tdp_entry *entry, char *buf, size_t len)
{
	static const char *const kinds[] = {"empty", "table", "leaf", "frozen", "note", "reserved", "unreadable"};
	struct text t = {buf, len, 0};

	text_str(&t, entry->kind <= TDP_UNREADABLE ? kinds[entry->kind] : "?");
	text_char(&t, ' ');
	text_size(&t, entry->size);
	switch (entry->kind) {
	case TDP_LEAF:
		describe_leaf(&t, entry);
		break;
	case TDP_TABLE:
		text_char(&t, ' ');
		text_hex(&t, entry->hpa);
		if (entry->accessed)
			text_str(&t, " A");
		break;
	case TDP_NOTE:
		text_char(&t, ' ');
		text_hex(&t, entry->note);
		break;
	case TDP_FROZEN:
		if (entry->state & TDP_STATE_DEAD)
			text_str(&t, " dead");
		break;
	case TDP_RESERVED:
		describe_reserved(&t, entry);
		break;
	default:
		break;
	}
	return text_end(&t);
}
