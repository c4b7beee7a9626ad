package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/presence"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var backupScheduleMissing = presence.Check(review.Check{
	ID: "backup-schedule-missing", Area: review.Reliability, Severity: review.Medium, Tags: []review.Tag{review.Backups},
	Doc: review.Doc{
		Title:  "Velero without a schedule",
		What:   "If a cluster installs Velero, looks for a Schedule or `schedules` in the values. Reported in audits only. If part of the cluster is not visible, the result is unknown.",
		Why:    "Velero is installed, but takes no backups.",
		Fix:    "Add a Schedule for data that cannot be recreated, and test a restore.",
		Verify: "velero schedule get",
		Waive:  "Something else starts the backups; say what.",
		Effort: "small",
	},
}, presence.Wanted{
	Needs:    presence.OfCharts("velero"),
	Has:      hasBackupSchedule,
	Absent:   "%s brings Velero, and no schedule makes a backup.",
	Searched: []string{"Schedules in all rendered targets", "schedules in the values"},
})

// hasBackupSchedule reports whether something starts backups by the clock.
func hasBackupSchedule(p *review.Pass, c *review.Cluster) bool {
	for _, o := range flux.Releases(c, "velero") {
		trees, _ := flux.Values(c, o)
		if flux.Said(flux.ValueAt(trees, "schedules")) {
			return true
		}
	}
	return presence.AnyKind("Schedule.velero.io")(p, c)
}
