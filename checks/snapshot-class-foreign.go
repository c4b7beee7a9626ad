package checks

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var snapshotClassForeign = &review.Check{
	ID: "snapshot-class-foreign", Area: review.Reliability, Severity: review.Medium, Tags: []review.Tag{review.Backups},
	Doc: review.Doc{
		Title:  "snapshot class of another driver",
		What:   "Looks, in an audit, for VolumeSnapshotClasses whose driver is that of no StorageClass and no CSIDriver of the cluster, where there are StorageClasses. Where a chart is not rendered, that may bring one, the result is unknown.",
		Why:    "A snapshot is made by the driver that made the volume. A class of another one makes none, and the backup that relies on it has no data.",
		Fix:    "Write the driver of the StorageClass into the VolumeSnapshotClass.",
		Verify: "kubectl get storageclasses,volumesnapshotclasses -o custom-columns=NAME:.metadata.name,STORES:.provisioner,SNAPS:.driver",
		Waive:  "The StorageClass is made by the cloud, outside of the repository.",
		Effort: "small",
		Bad:    "kind: VolumeSnapshotClass\ndriver: cinder.csi.openstack.org   # the StorageClass: csi.vsphere.vmware.com",
		Good:   "kind: VolumeSnapshotClass\ndriver: csi.vsphere.vmware.com",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		var drivers []string
		for _, o := range c.Kind("StorageClass.storage.k8s.io") {
			drivers = append(drivers, review.Text(o.Fields(), "provisioner"))
		}
		if len(drivers) == 0 {
			return
		}
		sort.Strings(drivers)
		drivers = slices.Compact(drivers)
		for _, o := range c.Kind("VolumeSnapshotClass.snapshot.storage.k8s.io") {
			driver := review.Text(o.Fields(), "driver")
			if driver == "" || slices.Contains(drivers, driver) || c.Find("CSIDriver.storage.k8s.io", "", driver) != nil {
				continue
			}
			p.Report(review.Hit{Object: o, Field: "/driver", Verdict: review.NotSeenIf(!flux.AllSeen(c)),
				Message: fmt.Sprintf("%s is of the driver `%s`; the StorageClasses of the cluster are of `%s`.", o.ID, driver, strings.Join(drivers, "`, `"))})
		}
	}).OfAudits(),
}
