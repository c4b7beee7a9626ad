package kube

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// ProjectOf is the name of the AppProject that an Application belongs to.
func ProjectOf(app *model.Object) string {
	if name := review.Text(app.Fields(), "spec", "project"); name != "" {
		return name
	}
	return "default"
}
