#include "export.h"

#include <stdbool.h>
#include <stddef.h>

// The part of tree-sitter's C API that the export needs. go-tree-sitter links
// the runtime into the binary but its headers cannot be included from another
// module, so the declarations stand here, weak so that this package compiles
// and links by itself. TestExportAgreesWithBinding guards against drift.
typedef do_root TSNode;

typedef struct {
  const void *tree;
  const void *id;
  uint32_t context[3];
} TSTreeCursor;

#define WEAK __attribute__((weak))
extern WEAK TSTreeCursor ts_tree_cursor_new(TSNode node);
extern WEAK void ts_tree_cursor_delete(TSTreeCursor *self);
extern WEAK TSNode ts_tree_cursor_current_node(const TSTreeCursor *self);
extern WEAK uint16_t ts_tree_cursor_current_field_id(const TSTreeCursor *self);
extern WEAK bool ts_tree_cursor_goto_parent(TSTreeCursor *self);
extern WEAK bool ts_tree_cursor_goto_next_sibling(TSTreeCursor *self);
extern WEAK bool ts_tree_cursor_goto_first_child(TSTreeCursor *self);
extern WEAK uint16_t ts_node_symbol(TSNode self);
extern WEAK uint32_t ts_node_start_byte(TSNode self);
extern WEAK uint32_t ts_node_end_byte(TSNode self);
extern WEAK bool ts_node_is_named(TSNode self);
extern WEAK bool ts_node_is_missing(TSNode self);
extern WEAK bool ts_node_is_extra(TSNode self);

static void put(do_node *out, uint32_t cap, uint32_t at, int32_t parent, uint16_t depth, const TSTreeCursor *cursor) {
  if (at >= cap) return;
  TSNode n = ts_tree_cursor_current_node(cursor);
  do_node *o = &out[at];
  o->start = ts_node_start_byte(n);
  o->end = ts_node_end_byte(n);
  o->parent = parent;
  o->sub = 0;
  o->sym = ts_node_symbol(n);
  o->field = ts_tree_cursor_current_field_id(cursor);
  o->flags = (ts_node_is_named(n) ? DO_NAMED : 0) | (ts_node_is_missing(n) ? DO_MISSING : 0) |
             (ts_node_is_extra(n) ? DO_EXTRA : 0);
  o->depth = depth;
}

uint32_t do_export(const do_root *root, do_node *out, uint32_t cap) {
  TSTreeCursor cursor = ts_tree_cursor_new(*root);
  uint32_t n = 0;
  int32_t cur = 0; // index of the node under the cursor
  uint32_t depth = 0;
  put(out, cap, n++, -1, 0, &cursor);
  for (;;) {
    if (ts_tree_cursor_goto_first_child(&cursor)) {
      int32_t parent = cur;
      depth++;
      cur = (int32_t)n;
      put(out, cap, n++, parent, depth > 65535 ? 65535 : (uint16_t)depth, &cursor);
      continue;
    }
    // Leave nodes until one has a next sibling. Once the array is full only the
    // count matters, and parents can no longer be looked up: the caller grows
    // the array and exports again, so stop as soon as that is certain.
    for (;;) {
      if ((uint32_t)cur < cap) out[cur].sub = (int32_t)n;
      if (n > cap) {
        ts_tree_cursor_delete(&cursor);
        return n;
      }
      if (ts_tree_cursor_goto_next_sibling(&cursor)) {
        int32_t parent = out[cur].parent;
        cur = (int32_t)n;
        put(out, cap, n++, parent, depth > 65535 ? 65535 : (uint16_t)depth, &cursor);
        break;
      }
      if (!ts_tree_cursor_goto_parent(&cursor)) {
        ts_tree_cursor_delete(&cursor);
        return n;
      }
      depth--;
      cur = out[cur].parent;
    }
  }
}
