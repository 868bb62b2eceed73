#include "native.h"

#include <stdlib.h>
#include <string.h>

// What one parse may hold: 2 MiB of ordinary code take a fifth of it.
static const size_t MEMORY = (size_t)512 << 20;

do_grammar *do_grammar_new(const TSLanguage *language, uint8_t error) {
  do_grammar *g = calloc(1, sizeof *g);
  g->language = language;
  g->error = error;
  g->symbol_count = ts_language_symbol_count(language);
  g->field_count = ts_language_field_count(language);
  g->kinds = calloc(g->symbol_count, 1);
  g->fields = calloc(g->field_count + 1, 1);
  return g;
}

static TSTree *tree_of(const do_grammar *g, const char *text, uint32_t length) {
  TSParser *parser = ts_parser_new();
  ts_parser_set_language(parser, g->language);
  return ts_parser_parse_string(parser, NULL, text, length);
}

// Text with what trees can hold: fields and aliases in hidden nodes, comments
// between, an error, something missing.
static const char check[] =
    "// c\n@d() class A<T> extends B { #x = 1; get y(): T { return this.#x /* in */ ?? 2 } }\n"
    "export const {a, b: [c = 3]} = await f<T>(`q${ x?.y[0]!.z }`, async (p?: N.M, ...r) => { for (const k of r) k });\n"
    "type U = { readonly [k: string]: A | \"s\" }; class { ] ) ; if (x { }\n";

void do_grammar_ready(do_grammar *g) {
  if (!do_direct_prepare(g)) return;
  do_arena *arena = do_arena_new();
  do_arena_use(arena);
  TSTree *tree = tree_of(g, check, sizeof check - 1);
  do_tree want = {0}, got = {0};
  g->direct = do_direct_fits(g, tree) && do_walk_cursor(g, ts_tree_root_node(tree), UINT32_MAX, &want) == DO_OK &&
              do_walk_direct(g, tree, UINT32_MAX, &got) == DO_OK && want.count == got.count &&
              memcmp(want.nodes, got.nodes, want.count * sizeof(do_node)) == 0;
  do_arena_use(NULL);
  do_arena_free(arena);
}

// The parser and the tree are never freed one by one: the arena forgets them.
// That is also why the parser can be left in the middle.
static do_status parse(do_arena *arena, const do_grammar *grammar, const char *text, uint32_t length, uint64_t micros,
                       uint32_t max_depth, do_tree *out) {
  jmp_buf leave;
  if (setjmp(leave)) return DO_TOO_SLOW;
  do_arena_limit(arena, &leave, micros, MEMORY);
  TSTree *tree = tree_of(grammar, text, length);
  if (!tree) return DO_TOO_SLOW;
  TSNode root = ts_tree_root_node(tree);
  out->partial = ts_node_has_error(root);
  return grammar->direct ? do_walk_direct(grammar, tree, max_depth, out)
                         : do_walk_cursor(grammar, root, max_depth, out);
}

do_status do_parse(do_arena *arena, const do_grammar *grammar, const char *text, uint32_t length, uint64_t micros,
                   uint32_t max_depth, do_tree *out) {
  do_arena_use(arena);
  do_status status = parse(arena, grammar, text, length, micros, max_depth, out);
  out->spent = do_arena_spent(arena);
  out->large = do_arena_large(arena);
  do_arena_use(NULL);
  return status;
}
