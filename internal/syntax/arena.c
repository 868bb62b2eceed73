#include "native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// tree-sitter makes and frees a heap block for most nodes of a tree. Here each
// parse has an arena: blocks are cut from one chunk of memory, and all of them
// (parser, stack and tree) are dropped at once when the flat tree has been
// copied out. That saves some 7 % of the time of a parse, and nothing of one
// parse can reach into the next.
//
// tree-sitter has one allocator for the process, so the functions below serve
// the arena that the running thread is using, and malloc where there is none.

enum {
  FIRST_CHUNK = 256 << 10, // enough for 10 KB of source; the next ones double
  LAST_CHUNK = 8 << 20,    // up to this
  KEPT = 4 << 20,          // what an arena may hold on to until the next parse
  LOOK = 256 << 10,        // after how many bytes of blocks the clock is looked at
  EXACT = 64,              // blocks of up to 8 * EXACT bytes have a list for each size
};

typedef struct chunk {
  struct chunk *next;
  size_t size; // of the memory after this header
} chunk;

// A block is preceded by its size, so that it can grow and be used again. All
// blocks are aligned to 8 bytes.
typedef uint64_t header;

typedef struct block {
  struct block *next; // while unused; else here is the block's first word
} block;

struct do_arena {
  chunk *chunks, *current;
  char *at, *end;                // the unused rest of the current chunk
  block *unused[EXACT + 1 + 64]; // by 8 bytes up to EXACT, then by powers of two
  size_t held;                   // bytes of all chunks

  // The parser is left by a jump when it takes too long or too much.
  jmp_buf *leave;
  size_t limit;             // for held
  uint64_t start, deadline; // in microseconds
  size_t until_look;        // bytes that may still be given out before the clock is looked at
};

static _Thread_local do_arena *active;

static void *checked(void *memory, size_t size) {
  if (!memory && size > 0) {
    fprintf(stderr, "out of memory: %zu bytes for parsing\n", size);
    abort();
  }
  return memory;
}

static void begin(do_arena *arena, chunk *c) {
  arena->current = c;
  arena->at = (char *)(c + 1);
  arena->end = arena->at + c->size;
}

static chunk *new_chunk(do_arena *arena, size_t size) {
  chunk *c = checked(malloc(sizeof(chunk) + size), size);
  c->next = NULL;
  c->size = size;
  arena->held += size;
  return c;
}

// The time that this thread has been running, so that a busy machine does not
// make ordinary code look hostile.
static uint64_t now(void) {
#if defined(CLOCK_THREAD_CPUTIME_ID) && !defined(_WIN32)
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
#else
  return (uint64_t)clock() * 1000000 / CLOCKS_PER_SEC;
#endif
}

do_arena *do_arena_new(void) {
  do_arena *arena = checked(calloc(1, sizeof *arena), sizeof *arena);
  arena->chunks = new_chunk(arena, FIRST_CHUNK);
  begin(arena, arena->chunks);
  return arena;
}

static void free_chunks(chunk *c) {
  while (c) {
    chunk *next = c->next;
    free(c);
    c = next;
  }
}

void do_arena_free(do_arena *arena) {
  free_chunks(arena->chunks);
  free(arena);
}

void do_arena_use(do_arena *arena) {
  active = arena;
  if (!arena) return;
  memset(arena->unused, 0, sizeof arena->unused);
  begin(arena, arena->chunks);
  arena->leave = NULL;
}

void do_arena_limit(do_arena *arena, jmp_buf *leave, uint64_t micros, size_t bytes) {
  arena->leave = leave;
  arena->start = now();
  arena->deadline = arena->start + micros;
  arena->limit = bytes;
  arena->until_look = LOOK;
}

uint64_t do_arena_spent(const do_arena *arena) { return now() - arena->start; }

bool do_arena_large(const do_arena *arena) { return arena->held > KEPT; }

// Leaves the parser when its time is over. tree-sitter has a limit of its own,
// but does not look at it while it recovers from an error, which can take time
// that grows with the square of the text. It does not do so without memory.
static void look(do_arena *arena, size_t size) {
  if (size < arena->until_look) {
    arena->until_look -= size;
    return;
  }
  arena->until_look = LOOK;
  if (arena->leave && now() > arena->deadline) longjmp(*arena->leave, 1);
}

static size_t size_of(void *memory) { return (size_t)((header *)memory)[-1]; }

// Rounds a size up to what a block holds, and names the list of such blocks.
static int list_of(size_t *size) {
  size_t words = (*size + 7) / 8;
  if (words <= EXACT) {
    if (words == 0) words = 1;
    *size = words * 8;
    return (int)words;
  }
  int bit = 64 - __builtin_clzll((unsigned long long)*size - 1);
  *size = (size_t)1 << bit;
  return EXACT + bit;
}

static void *cut(do_arena *arena, size_t size) {
  size_t whole = size + sizeof(header);
  while ((size_t)(arena->end - arena->at) < whole) {
    chunk *c = arena->current;
    if (!c->next) {
      size_t more = c->size < LAST_CHUNK ? c->size * 2 : LAST_CHUNK;
      if (more < whole) more = whole;
      if (arena->leave && arena->held + more > arena->limit) longjmp(*arena->leave, 1);
      c->next = new_chunk(arena, more);
    }
    begin(arena, c->next);
  }
  header *head = (header *)arena->at;
  arena->at += whole;
  *head = size;
  return head + 1;
}

void *do_arena_alloc(size_t size) {
  look(active, size);
  int list = list_of(&size);
  block *b = active->unused[list];
  if (b) {
    active->unused[list] = b->next;
    return b;
  }
  return cut(active, size);
}

static void give_back(void *memory) {
  size_t size = size_of(memory);
  int list = list_of(&size);
  block *b = memory;
  b->next = active->unused[list];
  active->unused[list] = b;
}

void *do_arena_realloc(void *memory, size_t size) {
  if (!memory) return do_arena_alloc(size);
  size_t old = size_of(memory);
  if (size <= old) return memory;
  void *moved = do_arena_alloc(size);
  memcpy(moved, memory, old);
  give_back(memory);
  return moved;
}

static void *serve_malloc(size_t size) { return active ? do_arena_alloc(size) : checked(malloc(size), size); }

static void *serve_calloc(size_t count, size_t size) {
  if (!active) return checked(calloc(count, size), count * size);
  return memset(do_arena_alloc(count * size), 0, count * size);
}

static void *serve_realloc(void *memory, size_t size) {
  return active ? do_arena_realloc(memory, size) : checked(realloc(memory, size), size);
}

static void serve_free(void *memory) {
  if (!active) {
    free(memory);
  } else if (memory) {
    give_back(memory);
  }
}

void do_arena_install(void) { ts_set_allocator(serve_malloc, serve_calloc, serve_realloc, serve_free); }
