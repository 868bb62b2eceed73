package model

// opIndex finds operations of the whole project without going through all of them:
// what is asked of the project is asked once for each of its files.
type opIndex struct {
	kinds   [OpThrow + 1][]*Op
	callers map[*Func][]*Op
}

func (m *Module) index() *opIndex {
	if m.opIndex == nil {
		x := &opIndex{callers: map[*Func][]*Op{}}
		for f := range m.AllFuncs() {
			for _, op := range f.Ops {
				x.kinds[op.Kind] = append(x.kinds[op.Kind], op)
				if op.Kind == OpInvoke && op.Callee != nil {
					x.callers[op.Callee] = append(x.callers[op.Callee], op)
				}
			}
		}
		m.opIndex = x
	}
	return m.opIndex
}

// AllOps are the operations of a kind in the whole project, file by file. The result
// is shared: it must not be changed.
func (m *Module) AllOps(kind OpKind) []*Op { return m.index().kinds[kind] }

// Invocations are the operations of the project that run a function, file by file.
// The result is shared: it must not be changed.
func (m *Module) Invocations(f *Func) []*Op { return m.index().callers[f] }
