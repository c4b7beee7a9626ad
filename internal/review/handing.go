package review

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// valuesOf are the values that an Application gives to a chart that is not rendered.
func valuesOf(t *model.Rendered, h *model.Handed) *Values {
	v := &Values{Release: h.Release, Handing: t.Target.ID, on: map[string]*Setting{}, left: maxSettings}
	for i := range h.Tiers {
		tier := &h.Tiers[i]
		at := Setting{Holder: h.Release, tier: tier, under: h.Under}
		if tier.Name != "" {
			v.layerAt(tier.Name, tier.Text, at)
			continue
		}
		v.root = v.layer(v.root, tier.Values, at)
	}
	v.index(v.root)
	return v
}

// givers runs a check over what Applications give to charts that are not rendered: on a
// pull request, over what the change alters. Where base renders the chart, its values are
// no news.
func (j *judge) givers(check *Check, p *Pass) {
	base, head := j.base, j.Head
	for i := range head.Targets {
		now := &head.Targets[i]
		if len(now.Handed) == 0 {
			continue
		}
		was := &model.Rendered{Status: model.StatusAbsent}
		if base != nil {
			was = base.Target(now.Target.ID)
		}
		if was == nil || was.Status != model.StatusAbsent && len(was.Handed) != len(now.Handed) {
			continue
		}
		for n := range now.Handed {
			h := &now.Handed[n]
			var before *model.Handed
			if len(was.Handed) > 0 {
				before = &was.Handed[n]
			}
			if !j.audit() && before != nil && sameHanded(before, h) {
				continue
			}
			if p.Side == model.Base {
				if before != nil {
					check.Run.values(p, valuesOf(was, before))
				}
				continue
			}
			v := valuesOf(now, h)
			if before != nil && !j.audit() {
				v.Before = valuesOf(was, before)
			}
			p.reads++
			check.Run.values(p, v)
		}
	}
}

// Hit makes a finding of a setting of an Application's values.
func (v *Values) Hit(s *Setting, rule string, h Hit) Hit {
	h.Object, h.Handing, h.Targets = v.Release, v.Handing, []string{v.Handing}
	h.Key, h.Field = "values "+s.Path+" "+rule, ""
	if s.tier.File == "" {
		h.at = append(slices.Clone(s.under), s.tier.At...)
		if s.tier.Name == "" {
			h.at = append(h.at, s.steps()...)
		}
		return h
	}
	h.File = s.tier.File
	for at := s.Pointer; h.Line == 0 && at != ""; at = at[:strings.LastIndexByte(at, '/')] {
		h.Line = s.tier.Lines[at]
	}
	return h
}

// steps lead from a tier's values to the setting, as far as they stand there.
func (s *Setting) steps() (out []model.Step) {
	var at any = s.tier.Values
	for _, token := range strings.Split(s.Pointer, "/")[1:] {
		step := model.FieldStep(strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
		switch v := at.(type) {
		case map[string]any:
			at = v[step.Field]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) {
				return out
			}
			step, at = model.ItemStep(i), v[i]
		default:
			return out
		}
		step.Inside = len(out) == 0 && s.tier.At[0].Field == "values" // a text
		out = append(out, step)
	}
	return out
}

// sameHanded reports whether two sides' charts are given the same.
func sameHanded(a, b *model.Handed) bool {
	x, errX := json.Marshal(a.Tiers)
	y, errY := json.Marshal(b.Tiers)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
