#include "native.h"

#include <stdlib.h>
#include <string.h>

// The direct walk reads tree-sitter's trees where they lie in memory. It is
// right for one version of the runtime, which go.mod pins; before it is used,
// do_grammar_ready compares its result with the cursor's.

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && UINTPTR_MAX == UINT64_MAX

// What precedes a place or lies between two: bytes, rows and columns.
typedef struct {
  uint32_t bytes, rows, columns;
} extent;

// A subtree that does not fit into a pointer. Its children stand before it.
typedef struct {
  uint32_t references;
  extent padding, size;
  uint32_t lookahead, error_cost;
  uint32_t child_count;
  uint16_t symbol, state;
  uint8_t bits, more_bits;
  uint32_t visible_children; // from here on only with children
  uint32_t named_children;
  uint32_t visible_descendants;
  int32_t precedence;
  uint16_t repeat_depth;
  uint16_t production;
} branch;

// A small leaf is kept in the place of the pointer to it.
typedef struct {
  uint8_t bits;
  uint8_t symbol;
  uint16_t state;
  uint8_t padding_columns, padding_rows_and_lookahead;
  uint8_t padding_bytes, size_bytes;
} leaf;

typedef union {
  const branch *branch;
  leaf leaf;
} subtree;

enum {
  LEAF = 1, // in leaf.bits, where a pointer has a zero
  LEAF_VISIBLE = 2, LEAF_NAMED = 4, LEAF_EXTRA = 8, LEAF_MISSING = 32,
  VISIBLE = 1, NAMED = 2, EXTRA = 4, // in branch.bits
  MISSING = 2,                       // in branch.more_bits
};

typedef struct {
  uint16_t field;
  uint8_t child;
  bool inherited;
} field_entry;

typedef struct {
  uint16_t index, length;
} field_slice;

typedef struct {
  bool visible, named, supertype;
} symbol_metadata;

// The start of a TSLanguage.
typedef struct {
  uint32_t version, symbols, aliases, tokens, external_tokens, states, large_states, productions, fields;
  uint16_t alias_stride;
  const void *tables[4];
  const void *symbol_names, *field_names;
  const field_slice *field_slices;
  const field_entry *field_entries;
  const symbol_metadata *metadata;
  const uint16_t *public_symbols;
  const uint16_t *alias_map;
  const uint16_t *alias_sequences;
} language;

bool do_direct_prepare(do_grammar *g) {
  const language *l = (const void *)g->language;
  if (l->symbols + l->aliases != g->symbol_count || l->fields != g->field_count) return false;
  if (l->field_slices[0].length != 0) return false;
  g->raw_kinds = malloc(g->symbol_count);
  for (uint32_t i = 0; i < g->symbol_count; i++) {
    if (l->public_symbols[i] >= g->symbol_count) return false;
    g->raw_kinds[i] = g->kinds[l->public_symbols[i]];
  }
  for (uint32_t p = 0; p < l->productions; p++) {
    field_slice s = l->field_slices[p];
    for (uint32_t i = s.index; i < (uint32_t)s.index + s.length; i++) {
      if (l->field_entries[i].child >= g->field_stride) g->field_stride = l->field_entries[i].child + 1u;
    }
  }
  g->child_fields = calloc(l->productions, g->field_stride);
  for (uint32_t p = 0; p < l->productions; p++) {
    field_slice s = l->field_slices[p];
    for (uint32_t i = (uint32_t)s.index + s.length; i-- > s.index;) { // the first of several counts
      const field_entry *e = &l->field_entries[i];
      if (!e->inherited) g->child_fields[p * g->field_stride + e->child] = g->fields[e->field];
    }
  }
  return true;
}

bool do_direct_fits(const do_grammar *g, const TSTree *tree) {
  TSNode node = ts_tree_root_node(tree);
  if (node.id != (const void *)tree) return false;
  subtree root = *(const subtree *)tree;
  if (root.leaf.bits & LEAF) return false;
  const branch *b = root.branch;
  return b->padding.bytes == ts_node_start_byte(node) && b->padding.bytes + b->size.bytes == ts_node_end_byte(node) &&
         b->visible_children == ts_node_child_count(node) && b->child_count < 1 << 20 &&
         b->production < ((const language *)(const void *)g->language)->productions;
}

// A subtree whose children are being visited.
typedef struct {
  const subtree *next, *end;
  uint32_t position;   // of the end of the last child
  int32_t node;        // what its visible children have as their parent
  uint32_t structural; // index of the next child, comments not counted
  uint16_t production; // 0 is that without fields and aliases
  uint8_t field;       // of visible children that have no other
  bool visible, first;
} level;

static level enter(const branch *b, uint32_t start, int32_t node, uint8_t field, bool visible) {
  const subtree *end = (const subtree *)b;
  return (level){
      .next = end - b->child_count,
      .end = end,
      .position = start,
      .node = node,
      .production = b->production,
      .field = field,
      .visible = visible,
      .first = true,
  };
}

static bool is_leaf(subtree s) { return s.leaf.bits & LEAF; }
static bool is_extra(subtree s) { return is_leaf(s) ? s.leaf.bits & LEAF_EXTRA : s.branch->bits & EXTRA; }
static uint32_t padding_of(subtree s) { return is_leaf(s) ? s.leaf.padding_bytes : s.branch->padding.bytes; }

// What the i-th child of a production is called, if it is called something.
static void naming(const do_grammar *g, uint16_t production, uint32_t i, uint16_t *alias, uint8_t *field) {
  const language *l = (const void *)g->language;
  if (!production) return;
  *alias = l->alias_sequences[production * l->alias_stride + i];
  uint8_t own = i < g->field_stride ? g->child_fields[production * g->field_stride + i] : 0;
  if (own) *field = own;
}

do_status do_walk_direct(const do_grammar *g, const TSTree *tree, uint32_t max_depth, do_tree *out) {
  const language *l = (const void *)g->language;
  subtree whole = *(const subtree *)(const void *)tree;
  if (is_leaf(whole) || whole.branch->child_count == 0) {
    return do_walk_cursor(g, ts_tree_root_node(tree), max_depth, out); // empty text
  }
  const branch *root = whole.branch;
  size_t room = (size_t)root->visible_descendants + 1;
  do_node *nodes = do_arena_alloc(room * sizeof(do_node));
  int32_t count = 0;
  nodes[count++] = (do_node){
      .start = root->padding.bytes,
      .end = root->padding.bytes + root->size.bytes,
      .parent = -1,
      .kind = root->symbol < g->symbol_count ? g->raw_kinds[root->symbol] : g->error,
      .flags = (root->bits & NAMED ? DO_NAMED : 0) | (root->more_bits & MISSING ? DO_MISSING : 0),
  };
  uint32_t depth = 0, top = 0, capacity = 256;
  level *levels = do_arena_alloc(capacity * sizeof(level));
  levels[0] = enter(root, root->padding.bytes, 0, 0, true);

  for (;;) {
    level *v = &levels[top];
    if (v->next == v->end) {
      if (v->visible) {
        nodes[v->node].sub = count;
        depth--;
      }
      if (top-- == 0) break;
      continue;
    }
    subtree child = *v->next++;
    // The padding before a first child is that of its parent.
    uint32_t start = v->first ? v->position : v->position + padding_of(child);
    v->first = false;
    uint16_t alias = 0;
    uint8_t field = 0;
    if (!is_extra(child)) {
      field = v->field;
      naming(g, v->production, v->structural++, &alias, &field);
    }
    // Most hidden nodes only wrap one other.
    while (!is_leaf(child) && !alias && !(child.branch->bits & VISIBLE) && child.branch->child_count == 1) {
      const branch *wrapper = child.branch;
      child = ((const subtree *)wrapper)[-1];
      if (is_extra(child)) {
        field = 0;
      } else {
        naming(g, wrapper->production, 0, &alias, &field);
      }
    }
    uint32_t size, children;
    uint16_t symbol;
    bool visible, named, missing;
    if (is_leaf(child)) {
      size = child.leaf.size_bytes;
      symbol = child.leaf.symbol;
      visible = child.leaf.bits & LEAF_VISIBLE;
      named = child.leaf.bits & LEAF_NAMED;
      missing = child.leaf.bits & LEAF_MISSING;
      children = 0;
    } else {
      const branch *b = child.branch;
      size = b->size.bytes;
      symbol = b->symbol;
      visible = b->bits & VISIBLE;
      named = b->bits & NAMED;
      missing = b->more_bits & MISSING;
      children = b->child_count;
    }
    v->position = start + size;
    if (alias) {
      symbol = alias;
      visible = true;
      named = l->metadata[alias].named;
    }
    int32_t node = v->node;
    if (visible) {
      if (depth + 1 > max_depth) return DO_TOO_DEEP;
      if ((size_t)count == room) { // never seen
        room *= 2;
        nodes = do_arena_realloc(nodes, room * sizeof(do_node));
      }
      node = count++;
      nodes[node] = (do_node){
          .start = start,
          .end = start + size,
          .parent = v->node,
          .sub = count, // until its children are there
          .kind = symbol < g->symbol_count ? g->raw_kinds[symbol] : g->error,
          .field = field,
          .flags = (named ? DO_NAMED : 0) | (missing ? DO_MISSING : 0),
      };
    }
    if (children == 0 || (!visible && child.branch->visible_children == 0)) continue;
    if (visible) depth++;
    if (++top == capacity) {
      capacity *= 2;
      levels = do_arena_realloc(levels, capacity * sizeof(level));
    }
    levels[top] = enter(child.branch, start, node, visible ? 0 : field, visible);
  }
  out->nodes = nodes;
  out->count = (uint32_t)count;
  return DO_OK;
}

#else

bool do_direct_prepare(do_grammar *g) {
  (void)g;
  return false;
}

bool do_direct_fits(const do_grammar *g, const TSTree *tree) {
  (void)g, (void)tree;
  return false;
}

do_status do_walk_direct(const do_grammar *g, const TSTree *tree, uint32_t max_depth, do_tree *out) {
  return do_walk_cursor(g, ts_tree_root_node(tree), max_depth, out);
}

#endif
