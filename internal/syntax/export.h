#ifndef DO_SYNTAX_EXPORT_H
#define DO_SYNTAX_EXPORT_H

#include <stdint.h>

// One node of the flat tree, in pre-order. The Go side mirrors this layout.
typedef struct {
  uint32_t start, end; // byte offsets
  int32_t parent;      // index, -1 for the root
  int32_t sub;         // index one past the last descendant
  uint16_t sym, field; // grammar ids
  uint16_t flags;      // DO_NAMED | DO_MISSING | DO_EXTRA
  uint16_t depth;      // saturates at 65535
} do_node;

enum { DO_NAMED = 1, DO_MISSING = 2, DO_EXTRA = 4 };

// tree-sitter's TSNode by layout: the C part at the start of a *sitter.Node.
typedef struct {
  uint32_t context[4];
  const void *id;
  const void *tree;
} do_root;

// Writes the tree below the node at `root` into out[0..cap) and returns how
// many nodes the tree has; when that is more than cap, out holds only the first.
uint32_t do_export(const do_root *root, do_node *out, uint32_t cap);

#endif
