package workerd

// PID and Dir let the tests see that nothing is left behind.
func (s *Server) PID() int    { return s.proc.cmd.Process.Pid }
func (s *Server) Dir() string { return s.dir }

func (s *Server) Running() bool { return s.proc.running() }
