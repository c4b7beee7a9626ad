package review

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// locateProblems finds the line at fault of the targets that do not render
// because of the object that asks for them: the problem itself knows the
// directory's lines only.
func (j *judge) locateProblems() error {
	j.blameChanged()
	if j.Locate == nil {
		return nil
	}
	var questions []Question
	var problems []**model.Problem
	for _, s := range []*model.Snapshot{j.base, j.Head} {
		if s == nil {
			continue
		}
		for i := range s.Targets {
			t := &s.Targets[i]
			if q, ok := problemQuestion(s.Side, t); ok {
				questions, problems = append(questions, q), append(problems, &t.Problem)
			}
		}
	}
	if len(questions) == 0 {
		return nil
	}
	answers, err := j.Locate(questions)
	if err != nil {
		return fmt.Errorf("locate the problems: %w", err)
	}
	for i, at := range answers {
		// A file that is not the asking object's is the problem's own place.
		if was := (*problems[i]).Location; at == nil || was != nil && was.File != at.File {
			continue
		}
		mended := **problems[i] // other targets may share it
		mended.Location = at
		*problems[i] = &mended
	}
	return nil
}

// blameChanged moves problems of head that may have either of two places to the one in a
// file that the change touches.
func (j *judge) blameChanged() {
	for i := range j.Head.Targets {
		p := j.Head.Targets[i].Problem
		if p == nil || p.Also == nil || p.Location == nil || slices.Contains(j.changedPaths, p.Location.File) || !slices.Contains(j.changedPaths, p.Also.File) {
			continue
		}
		mended, at := *p, *p.Also // other targets may share it
		at.Side, mended.Location = p.Location.Side, &at
		j.Head.Targets[i].Problem = &mended
	}
}

func problemQuestion(side model.Side, t *model.Rendered) (Question, bool) {
	p, line := t.Problem, t.Lineage
	if p == nil || line == nil || line.By == nil || line.Parent == nil ||
		p.Location != nil && p.Location.Precision != model.AtFile {
		return Question{}, false
	}
	return Question{Target: t.Target, Side: side, Object: *line.By, Asker: true, Path: faultOf(p, line.Kind)}, true
}

// faultOf leads to the field that a problem speaks of.
func faultOf(p *model.Problem, kind model.Kind) []model.Step {
	if p.Field != nil {
		return p.Field
	}
	return faultPath(kind, p.Class)
}

// faultPath leads to the field of a Kustomization or a HelmRelease that a
// problem speaks of; nil where that may be any.
func faultPath(kind model.Kind, class model.Class) []model.Step {
	path := func(names ...string) (out []model.Step) {
		for _, name := range names {
			out = append(out, model.FieldStep(name))
		}
		return out
	}
	if kind == model.ArgoCD { // which of its sources it is of, only the problem knows
		return nil
	}
	helm := kind == model.Helm
	switch class {
	case model.MissingDir, model.FluxSystemAbsent, model.PathOutside:
		if helm { // what is missing is the chart
			return path("spec", "chart", "spec", "chart")
		}
		return path("spec", "path")
	case model.SourceUnreachable, model.SourceRefused, model.UnsupportedSource, model.NeedsInclude:
		if helm {
			return path("spec", "chart", "spec")
		}
		return path("spec", "sourceRef")
	case model.PatchTargetNotFound:
		if !helm {
			return path("spec", "patches")
		}
	case model.ValuesInvalid:
		return path("spec", "values")
	case model.ChartInvalid:
		return path("spec", "chart", "spec", "chart")
	}
	return nil
}
