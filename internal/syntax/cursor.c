#include "native.h"

// The walk through tree-sitter's public cursor, for machines that the direct
// walk does not know, and as the measure of it.

typedef struct {
  do_node *nodes;
  uint32_t count, capacity;
} list;

static int32_t put(list *l, const do_grammar *g, int32_t parent, const TSTreeCursor *cursor) {
  if (l->count == l->capacity) {
    l->capacity = l->capacity ? l->capacity * 2 : 1024;
    l->nodes = do_arena_realloc(l->nodes, l->capacity * sizeof(do_node));
  }
  TSNode n = ts_tree_cursor_current_node(cursor);
  uint16_t symbol = ts_node_symbol(n), field = ts_tree_cursor_current_field_id(cursor);
  l->nodes[l->count] = (do_node){
      .start = ts_node_start_byte(n),
      .end = ts_node_end_byte(n),
      .parent = parent,
      .kind = symbol < g->symbol_count ? g->kinds[symbol] : g->error,
      .field = field <= g->field_count ? g->fields[field] : 0,
      .flags = (ts_node_is_named(n) ? DO_NAMED : 0) | (ts_node_is_missing(n) ? DO_MISSING : 0),
  };
  return (int32_t)l->count++;
}

do_status do_walk_cursor(const do_grammar *grammar, TSNode root, uint32_t max_depth, do_tree *out) {
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  list l = {0};
  uint32_t depth = 0;
  int32_t at = put(&l, grammar, -1, &cursor);
  for (;;) {
    if (ts_tree_cursor_goto_first_child(&cursor)) {
      if (++depth > max_depth) return DO_TOO_DEEP;
      at = put(&l, grammar, at, &cursor);
      continue;
    }
    for (;;) {
      l.nodes[at].sub = (int32_t)l.count;
      if (ts_tree_cursor_goto_next_sibling(&cursor)) {
        at = put(&l, grammar, l.nodes[at].parent, &cursor);
        break;
      }
      if (!ts_tree_cursor_goto_parent(&cursor)) {
        out->nodes = l.nodes;
        out->count = l.count;
        return DO_OK;
      }
      depth--;
      at = l.nodes[at].parent;
    }
  }
}
