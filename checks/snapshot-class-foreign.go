package checks

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var snapshotClassForeign = &review.Check{
	ID: "snapshot-class-foreign", Area: review.Reliability, Severity: review.Medium, Tags: []review.Tag{review.Backups},
	Doc: review.Doc{
		Title:  "snapshot class for another driver",
		What:   "In an audit, looks for VolumeSnapshotClasses, rendered or in the values of a chart that is not rendered, whose driver is not used by any StorageClass, CSIDriver or well-known CSI chart of the cluster, if the cluster has one of these. If a chart that is not rendered may install the driver, the result is unknown, except for the disks of one cloud in a cluster of another.",
		Why:    "Only the driver that created the volume can make its snapshot. A class for another driver makes none, and the backup that relies on it has no data.",
		Fix:    "Write the driver of the StorageClass into the VolumeSnapshotClass.",
		Verify: "kubectl get storageclasses,volumesnapshotclasses -o custom-columns=NAME:.metadata.name,STORES:.provisioner,SNAPS:.driver",
		Waive:  "The cloud creates the StorageClass, outside the repository.",
		Effort: "small",
		Bad:    "kind: VolumeSnapshotClass\ndriver: cinder.csi.openstack.org   # the StorageClass: csi.vsphere.vmware.com",
		Good:   "kind: VolumeSnapshotClass\ndriver: csi.vsphere.vmware.com",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, o := range c.Kind(volumeSnapshotClass) {
			if why, verdict := foreignDriver(c, review.Text(o.Fields(), "driver")); why != "" {
				p.Report(review.Hit{Object: o, Field: "/driver", Verdict: verdict, Message: fmt.Sprintf("%s %s", o.ID, why)})
			}
		}
	}).ChartValues(snapshotClassInValues).OfAudits(),
}

const volumeSnapshotClass = "VolumeSnapshotClass.snapshot.storage.k8s.io"

// snapshotClassInValues looks at the manifests that values hand to a chart, such as
// those below extraObjects.
func snapshotClassInValues(p *review.Pass, v *review.Values) {
	c := p.Home(v.Release)
	v.Each(func(s *review.Setting) {
		kind, _, _ := strings.Cut(volumeSnapshotClass, ".")
		driver := s.Field("driver")
		if s.Field("kind").Text() != kind || driver == nil || c == nil {
			return
		}
		if why, verdict := foreignDriver(c, driver.Text()); why != "" {
			setting.Report(p, v, driver, "driver", review.Hit{Verdict: verdict, Message: setting.Name(v, s.Path) + " " + why})
		}
	})
}

// foreignDriver says why a driver is none that the cluster stores with; "" where it may
// be, or nothing tells with what it stores.
func foreignDriver(c *review.Cluster, driver string) (why string, verdict review.Verdict) {
	stores := storesWith(c)
	if driver == "" || len(stores) == 0 || bringsDriver(c, driver) || c.Find("CSIDriver.storage.k8s.io", "", driver) != nil ||
		slices.ContainsFunc(stores, func(known string) bool {
			return driver == known || strings.HasPrefix(known, ".") && strings.HasSuffix(driver, known)
		}) {
		return "", review.Found
	}
	other := slices.Contains(disksOfClouds, driver) && slices.ContainsFunc(stores, func(known string) bool { return slices.Contains(disksOfClouds, known) })
	for i, known := range stores {
		stores[i] = strings.TrimPrefix(known, ".")
	}
	return fmt.Sprintf("uses the driver `%s`; the cluster stores its volumes with `%s`.", driver, strings.Join(stores, "`, `")), review.NotSeenIf(!other && !flux.AllSeen(c))
}

// bringsDriver reports whether a release is called like a word of a driver's name: its
// chart may register it.
func bringsDriver(c *review.Cluster, driver string) bool {
	const shortest = 4 // of a word that tells one from another
	return slices.ContainsFunc(c.Kind(flux.HelmRelease), func(o *model.Object) bool {
		name := o.ID.Name + " " + flux.Chart(c, o)
		return slices.ContainsFunc(strings.Split(driver, "."), func(word string) bool { return len(word) >= shortest && strings.Contains(name, word) })
	})
}

// storesWith are the drivers of a cluster's volumes, sorted: those of its StorageClasses
// and of its well-known CSI charts.
func storesWith(c *review.Cluster) []string {
	var out []string
	for _, o := range c.Kind("StorageClass.storage.k8s.io") {
		out = append(out, review.Text(o.Fields(), "provisioner"))
	}
	for chart, drivers := range driversOfCharts {
		if len(flux.Releases(c, chart)) > 0 {
			out = append(out, drivers...)
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// disksOfClouds are the drivers of disks that exist in one cloud alone, whose machines
// the nodes are.
var disksOfClouds = []string{"cinder.csi.openstack.org", "csi.vsphere.vmware.com", "ebs.csi.aws.com", "disk.csi.azure.com", "pd.csi.storage.gke.io", "csi.hetzner.cloud", "dobs.csi.digitalocean.com"}

// driversOfCharts are the names under which the drivers of CSI charts register, as
// https://kubernetes-csi.github.io/docs/drivers.html lists them. One with a dot in front
// begins with the operator's namespace.
var driversOfCharts = map[string][]string{
	"openstack-cinder-csi": {"cinder.csi.openstack.org"},
	"vsphere-csi":          {"csi.vsphere.vmware.com"},
	"vsphere-csi-driver":   {"csi.vsphere.vmware.com"},
	"aws-ebs-csi-driver":   {"ebs.csi.aws.com"},
	"aws-efs-csi-driver":   {"efs.csi.aws.com"},
	"azuredisk-csi-driver": {"disk.csi.azure.com"},
	"hcloud-csi":           {"csi.hetzner.cloud"},
	"longhorn":             {"driver.longhorn.io"},
	"rook-ceph":            {".rbd.csi.ceph.com", ".cephfs.csi.ceph.com"},
	"ceph-csi-rbd":         {"rbd.csi.ceph.com"},
	"ceph-csi-cephfs":      {"cephfs.csi.ceph.com"},
	"csi-driver-nfs":       {"nfs.csi.k8s.io"},
	"csi-driver-smb":       {"smb.csi.k8s.io"},
	"linstor-csi":          {"linstor.csi.linbit.com"},
}
