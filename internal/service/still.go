package service

// Still runs f while nothing is imported, deleted or linked, so that what it
// copies of the directory and of the store is of one state.
func (s *Service) Still(f func() error) error {
	s.importing.Lock()
	defer s.importing.Unlock()
	return f()
}
