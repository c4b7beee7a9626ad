package cause

// trials offers experiments for a place that more than one change of the pull
// request could explain.
func (s *search) trials(o *object, n *node, found place) []Trial {
	return nil
}
