package review

import (
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func TestWaivers(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	now := day("2026-03-31").Add(23 * time.Hour)
	object := &model.ObjectID{Kind: "ConfigMap", Namespace: "shop", Name: "env-bcdfghkmt2"}
	found := Finding{Check: "a", Status: New, Object: object, Location: &model.Position{File: "apps/prod/x.yaml"}}
	for name, tt := range map[string]struct {
		waiver Waiver
		want   FindingStatus
	}{
		"the check":             {Waiver{Check: "a", Expires: day("2026-03-31")}, Waived},
		"another check":         {Waiver{Check: "b", Expires: day("2026-03-31")}, New},
		"run out yesterday":     {Waiver{Check: "a", Expires: day("2026-03-30")}, New},
		"the object as written": {Waiver{Check: "a", Object: "ConfigMap/shop/env", Expires: day("2027-01-01")}, Waived},
		"without its namespace": {Waiver{Check: "a", Object: "ConfigMap/env", Expires: day("2027-01-01")}, Waived},
		"another namespace":     {Waiver{Check: "a", Object: "ConfigMap/test/env", Expires: day("2027-01-01")}, New},
		"a glob of objects":     {Waiver{Check: "a", Object: "ConfigMap/*/env", Expires: day("2027-01-01")}, Waived},
		"the file":              {Waiver{Check: "a", Path: "apps/**", Expires: day("2027-01-01")}, Waived},
		"another file":          {Waiver{Check: "a", Path: "clusters/**", Expires: day("2027-01-01")}, New},
	} {
		tt.waiver.File = ".github/seaworthy.yaml"
		list := []Finding{found}
		waive(list, []Waiver{tt.waiver}, now)
		if list[0].Status != tt.want {
			t.Errorf("%s: %s, want %s", name, list[0].Status, tt.want)
		}
		tt.waiver.File = ".github/seaworthy.yaml"
		if gone := len(expiredWaivers([]Waiver{tt.waiver}, now, model.Base)) == 1; gone != (name == "run out yesterday") {
			t.Errorf("%s: said to have run out: %v", name, gone)
		}
	}
	fixed := []Finding{{Check: "a", Status: Fixed}}
	if waive(fixed, []Waiver{{Check: "a", Expires: day("2027-01-01")}}, now); fixed[0].Status != Fixed {
		t.Error("what is fixed needs no waiver")
	}
}
