package render

import (
	"path"
	"strings"
)

// commonNames are directory names that tell no cluster from another.
var commonNames = map[string]bool{
	"flux": true, "flux-system": true, "config": true, "cluster": true, "clusters": true, "sync": true, "gitops": true,
	"bootstrap": true, "kustomizations": true, "repositories": true, "kubernetes": true, "k8s": true, "overlays": true,
	"applications": true, "apps": true, "manifests": true, "deploy": true, ".": true,
}

// clusterName names the cluster that a directory is the entry of: as configured,
// else what stands below clusters/, else the last name that says something.
func clusterName(dir string, configured map[string]string) string {
	for at := dir; ; at = path.Dir(at) {
		if name, ok := configured[at]; ok {
			return name
		}
		if at == "." || at == "/" {
			break
		}
	}
	parts := strings.Split(dir, "/")
	for i, p := range parts {
		if p == "clusters" && i+1 < len(parts) {
			return parts[i+1]
		}
	}
	for i := len(parts) - 1; i >= 0; i-- {
		if !commonNames[parts[i]] {
			return parts[i]
		}
	}
	if last := parts[len(parts)-1]; last != "." {
		return last
	}
	return "default"
}

// longerName is the cluster's name where another entry has the short one.
func longerName(dir string) string {
	return strings.ReplaceAll(strings.Trim(dir, "./"), "/", "-")
}
