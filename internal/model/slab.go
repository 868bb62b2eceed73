package model

// slab hands out values from blocks, so that many small ones cost few allocations.
type slab[T any] struct{ free []T }

const slabSize = 64

func (s *slab[T]) next() *T {
	if len(s.free) == 0 {
		s.free = make([]T, slabSize)
	}
	v := &s.free[0]
	s.free = s.free[1:]
	return v
}
