package yamldiff

// Hunk is a run of lines: to be shown, or folded until somebody asks.
type Hunk struct {
	Folded bool
	Lines  []Line
}

// Fold folds what is further than so many lines from everything that changed.
// Fewer than three lines are not worth a fold.
func Fold(lines []Line, context int) (out []Hunk) {
	near := make([]bool, len(lines))
	last := -context - 1
	for i := range lines {
		if lines[i].Op != Same {
			last = i
		}
		near[i] = i-last <= context
	}
	last = len(lines) + context
	for i := len(lines) - 1; i >= 0; i-- {
		if lines[i].Op != Same {
			last = i
		}
		near[i] = near[i] || last-i <= context
	}
	const fewest = 3
	for i := 0; i < len(lines); {
		from := i
		for i < len(lines) && near[i] == near[from] {
			i++
		}
		folded := !near[from] && i-from >= fewest
		if n := len(out); n > 0 && !folded && !out[n-1].Folded {
			out[n-1].Lines = lines[i-(i-from)-len(out[n-1].Lines) : i]
			continue
		}
		out = append(out, Hunk{Folded: folded, Lines: lines[from:i]})
	}
	return out
}

// Row is a line of a view side by side: what stands left and right of it, nil for
// nothing.
type Row struct{ Base, Head *Line }

// Rows pairs the lines for a view side by side: what became of a Removed line
// stands beside it.
func Rows(lines []Line) (out []Row) {
	for i := 0; i < len(lines); {
		if lines[i].Op == Same {
			out = append(out, Row{&lines[i], &lines[i]})
			i++
			continue
		}
		from := i
		for i < len(lines) && lines[i].Op == Removed {
			i++
		}
		came := i // the next Added line without a row
		for i < len(lines) && lines[i].Op == Added {
			i++
		}
		gone := lines[from:came]
		for n := range gone {
			r := Row{Base: &gone[n]}
			if to := from + n + gone[n].pair; gone[n].pair > 0 && to < i {
				for ; came < to; came++ {
					out = append(out, Row{Head: &lines[came]})
				}
				r.Head, came = &lines[to], to+1
			}
			out = append(out, r)
		}
		for ; came < i; came++ {
			out = append(out, Row{Head: &lines[came]})
		}
	}
	return out
}
