package main

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// TestAnnotationsAreOneCommandEach: text of a pull request cannot begin another.
func TestAnnotationsAreOneCommandEach(t *testing.T) {
	var out strings.Builder
	err := writeAnnotations(&out, report.CheckRun{Annotations: []report.Annotation{
		{Path: "a,b:c.yaml", StartLine: 3, EndLine: 4, Level: report.LevelFailure, Title: "100%: bad", Message: "first\n::stop-commands::x\r\nlast"},
		{Path: "b.yaml", StartLine: 1, EndLine: 1, Level: report.LevelNotice, Title: "t", Message: "m"},
	}}, &review.Report{})
	want := "::error file=a%2Cb%3Ac.yaml,line=3,endLine=4,title=100%25%3A bad::first%0A::stop-commands::x%0D%0Alast\n::notice file=b.yaml,line=1,endLine=1,title=t::m\n"
	if err != nil || out.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out.String(), want)
	}
}
