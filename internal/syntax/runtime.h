#ifndef DO_SYNTAX_RUNTIME_H
#define DO_SYNTAX_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The part of tree-sitter's C API that is used here. go-tree-sitter links the
// runtime and the grammars into the binary, but its headers cannot be included
// from another module, so the declarations stand here, weak so that this
// package compiles and links by itself. TestTreeAgreesWithBinding guards
// against drift.
typedef struct TSParser TSParser;
typedef struct TSTree TSTree;
typedef struct TSLanguage TSLanguage;

typedef struct {
  uint32_t context[4];
  const void *id;
  const TSTree *tree;
} TSNode;

typedef struct {
  const void *tree;
  const void *id;
  uint32_t context[3];
} TSTreeCursor;

#define WEAK __attribute__((weak))
extern WEAK const TSLanguage *tree_sitter_typescript(void);
extern WEAK const TSLanguage *tree_sitter_tsx(void);
extern WEAK void ts_set_allocator(void *(*)(size_t), void *(*)(size_t, size_t), void *(*)(void *, size_t),
                                  void (*)(void *));
extern WEAK TSParser *ts_parser_new(void);
extern WEAK bool ts_parser_set_language(TSParser *self, const TSLanguage *language);
extern WEAK TSTree *ts_parser_parse_string(TSParser *self, const TSTree *old, const char *text, uint32_t length);
extern WEAK TSNode ts_tree_root_node(const TSTree *self);
extern WEAK bool ts_node_has_error(TSNode self);
extern WEAK uint16_t ts_node_symbol(TSNode self);
extern WEAK uint32_t ts_node_child_count(TSNode self);
extern WEAK uint32_t ts_node_start_byte(TSNode self);
extern WEAK uint32_t ts_node_end_byte(TSNode self);
extern WEAK bool ts_node_is_named(TSNode self);
extern WEAK bool ts_node_is_missing(TSNode self);
extern WEAK TSTreeCursor ts_tree_cursor_new(TSNode node);
extern WEAK TSNode ts_tree_cursor_current_node(const TSTreeCursor *self);
extern WEAK uint16_t ts_tree_cursor_current_field_id(const TSTreeCursor *self);
extern WEAK bool ts_tree_cursor_goto_parent(TSTreeCursor *self);
extern WEAK bool ts_tree_cursor_goto_next_sibling(TSTreeCursor *self);
extern WEAK bool ts_tree_cursor_goto_first_child(TSTreeCursor *self);
extern WEAK uint32_t ts_language_symbol_count(const TSLanguage *self);
extern WEAK const char *ts_language_symbol_name(const TSLanguage *self, uint16_t symbol);
extern WEAK int ts_language_symbol_type(const TSLanguage *self, uint16_t symbol);
extern WEAK uint32_t ts_language_field_count(const TSLanguage *self);
extern WEAK const char *ts_language_field_name_for_id(const TSLanguage *self, uint16_t field);

#endif
