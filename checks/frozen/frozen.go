// Package frozen knows the fields that the API server does not change on an object that is
// there, and which changes of a manifest are changes of them: it fills in what is not
// written before it compares, as the API server does. It knows no tool that applies, and no
// admission webhook.
package frozen

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	nodev1 "k8s.io/api/node/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Change is a change of a field that cannot be changed.
type Change struct {
	Path    string // of the field, as a JSON Pointer
	At      string // of the first that changes in it
	Outcome Outcome
	Why     string // unless what it is refused, or what becomes of it; "" where it is refused anyhow
}

// Outcome is what the API server does with it.
type Outcome int

const (
	Refused Outcome = iota
	Unsure          // what the cluster has decides
	Kept            // the object keeps what it has, and no error tells of it
	allowed
)

// kind is what is frozen of a kind's objects.
type kind struct {
	make   func() any // its type, of its newest version; nil where nothing is filled in
	fields []field
	even   func(update) // makes equal what may change inside of those fields
}

// field is a field that cannot be changed.
type field struct {
	path  string
	judge judge // nil: any change is refused
}

// judge says what becomes of a change of the field at a path. Both sides are typed.
type judge func(u update, path string) (Outcome, string)

// update are the two sides, with what the API server fills in.
type update struct {
	before, after any            // nil where a side cannot be read into its type
	was, is       map[string]any // as they are written
}

// kinds are the kinds of whose objects something is frozen. Source: the ValidateUpdate
// functions of k8s.io/kubernetes v1.34.2 and v1.37.0, pkg/apis/*/validation, and, for what
// is evened out before them, pkg/registry; of Gateway API the rules in its definitions.
var kinds = map[string]kind{
	kube.Deployment:  {make: of[appsv1.Deployment], fields: paths("/spec/selector")},
	kube.DaemonSet:   {make: of[appsv1.DaemonSet], fields: paths("/spec/selector")},
	kube.ReplicaSet:  {make: of[appsv1.ReplicaSet], fields: paths("/spec/selector")},
	kube.StatefulSet: {make: of[appsv1.StatefulSet], fields: paths("/spec/selector", "/spec/serviceName", "/spec/podManagementPolicy", "/spec/volumeClaimTemplates")},
	kube.Job: {make: of[batchv1.Job], fields: append(judged(goes, "/spec/selector", "/spec/completionMode", "/spec/podFailurePolicy", "/spec/backoffLimitPerIndex", "/spec/managedBy", "/spec/successPolicy"),
		field{"/spec/template", jobTemplate}, field{"/spec/completions", completions})},
	"Pod": {make: of[corev1.Pod], even: images, fields: append(paths(namesOf[corev1.PodSpec]("/spec/", "tolerations", "schedulingGates", "activeDeadlineSeconds", "ephemeralContainers", "nodeName")...),
		field{"/spec/tolerations", tolerations}, field{"/spec/activeDeadlineSeconds", deadline}, field{"/spec/nodeName", onceGiven("this is the node that it runs on")})},
	kube.Service: {make: of[corev1.Service], fields: []field{{"/spec/clusterIP", clusterIP}, {"/spec/clusterIPs", clusterIP}, {"/spec/ipFamilies", ipFamilies},
		{"/spec/loadBalancerClass", loadBalancerClass}, {"/spec/healthCheckNodePort", healthCheckPort}}},
	kube.PersistentVolumeClaim: {make: of[corev1.PersistentVolumeClaim], even: sources, fields: append(paths("/spec/accessModes", "/spec/selector", "/spec/volumeMode", "/spec/dataSource", "/spec/dataSourceRef", "/spec/resources/limits"),
		field{"/spec/storageClassName", className}, field{"/metadata/annotations/volume.beta.kubernetes.io~1storage-class", classAnnotation},
		field{"/spec/volumeName", onceGiven("it has this volume already, or none yet")})},
	"PersistentVolume":                      {make: of[corev1.PersistentVolume], even: expandSecret, fields: append(paths(namesOf[corev1.PersistentVolumeSource]("/spec/")...), field{"/spec/volumeMode", nil}, field{"/spec/nodeAffinity", onceSaid})},
	kube.Secret:                             {make: of[corev1.Secret], fields: paths("/type")},
	kube.ResourceQuota:                      {make: of[corev1.ResourceQuota], fields: []field{{"/spec/scopes", asSets}}},
	kube.StorageClass:                       {make: of[storagev1.StorageClass], fields: paths("/provisioner", "/parameters", "/reclaimPolicy", "/volumeBindingMode")},
	"VolumeAttributesClass.storage.k8s.io":  {fields: paths("/driverName", "/parameters")},
	"CSIDriver.storage.k8s.io":              {make: of[storagev1.CSIDriver], fields: paths("/spec/attachRequired", "/spec/volumeLifecycleModes")},
	kube.RoleBinding:                        {make: of[rbacv1.RoleBinding], fields: paths("/roleRef")},
	kube.ClusterRoleBinding:                 {make: of[rbacv1.ClusterRoleBinding], fields: paths("/roleRef")},
	kube.PriorityClass:                      {make: of[schedulingv1.PriorityClass], fields: paths("/value", "/preemptionPolicy")},
	kube.IngressClass:                       {make: of[networkingv1.IngressClass], fields: paths("/spec/controller")},
	kube.RuntimeClass:                       {make: of[nodev1.RuntimeClass], fields: paths("/handler")},
	"EndpointSlice.discovery.k8s.io":        {make: of[discoveryv1.EndpointSlice], fields: paths("/addressType")},
	"ResourceClaim.resource.k8s.io":         {fields: paths("/spec")},
	"ResourceClaimTemplate.resource.k8s.io": {fields: paths("/spec")},
	kube.CustomResourceDefinition:           {fields: paths("/spec/group", "/spec/names/kind", "/spec/names/plural")},
	"GatewayClass." + kube.GatewayGroup:     {fields: paths("/spec/controllerName")},
}

// sealed are the fields of what says `immutable: true`.
var sealed = kind{fields: paths("/data", "/binaryData", "/stringData", "/immutable")}

// Changes gives the changes of frozen fields.
func Changes(c review.Change) []Change {
	if c.OldName != "" {
		return nil // under another name it is another object
	}
	k := kinds[c.Object.GroupKind()]
	out := k.changes(c)
	if whole, _ := review.Bool(c.Base.Fields(), "immutable"); whole && (c.Object.GroupKind() == kube.Secret || c.Object.GroupKind() == kube.ConfigMap) {
		out = append(out, sealed.changes(c)...)
	}
	return out
}

func (k kind) changes(c review.Change) []Change {
	touched := slices.DeleteFunc(slices.Clone(k.fields), func(f field) bool { return len(inside(c.Fields, f.path)) == 0 })
	if len(touched) == 0 {
		return nil
	}
	u := update{was: c.Base.Fields(), is: c.Head.Fields()}
	if before, after := k.filled(u.was), k.filled(u.is); before != nil && after != nil {
		u.before, u.after = before, after
		if k.even != nil {
			k.even(u)
		}
	}
	var out []Change
	for _, f := range touched {
		if u.same(f.path) {
			continue
		}
		list := inside(c.Fields, f.path)
		change := Change{Path: f.path, At: list[0].Path}
		if i := slices.IndexFunc(list, func(f review.Field) bool { return !u.same(f.Path) }); i >= 0 {
			change.At = list[i].Path
		}
		if f.judge != nil && u.before != nil {
			change.Outcome, change.Why = f.judge(u, f.path)
		}
		if change.Outcome != allowed {
			out = append(out, change)
		}
	}
	return out
}

// inside gives the changes in a field, and those of what it stands in.
func inside(list []review.Field, path string) []review.Field {
	return slices.DeleteFunc(slices.Clone(list), func(f review.Field) bool { return !within(f.Path, path) && !within(path, f.Path) })
}

// within reports whether a pointer leads to a place or below it.
func within(pointer, place string) bool {
	return pointer == place || strings.HasPrefix(pointer, place+"/")
}

// filled reads what is frozen of an object into its type and fills in what the API server
// does; nil where it cannot be read so.
func (k kind) filled(fields map[string]any) any {
	if k.make == nil {
		return nil
	}
	part := map[string]any{}
	for _, f := range k.fields { // what else it holds may be hidden
		name, _, _ := strings.Cut(f.path[1:], "/")
		part[name] = fields[name]
	}
	out := k.make()
	if kube.Recode(part, out) != nil {
		return nil
	}
	fill(out)
	return out
}

// same reports whether both sides have the same at a pointer, as the API server compares:
// quantities by what they are, and what is empty with what is not there.
func (u update) same(pointer string) bool {
	if u.before == nil {
		path := keys(pointer)
		return reflect.DeepEqual(review.Lookup(u.was, path...), review.Lookup(u.is, path...))
	}
	before, after := at(u.before, pointer), at(u.after, pointer)
	if before == nil || after == nil {
		return empty(before) && empty(after)
	}
	return equality.Semantic.DeepEqual(before, after)
}

func empty(v any) bool {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Map, reflect.Slice:
		return r.Len() == 0
	}
	return r.IsZero()
}

// at is the value at a pointer into a typed object; nil where something on the way is
// missing.
func at(o any, pointer string) any {
	v := reflect.ValueOf(o)
	for _, key := range keys(pointer) {
		if v.Kind() == reflect.Pointer {
			v = v.Elem() // of a nil one, it is not valid
		}
		switch v.Kind() {
		case reflect.Struct:
			v = member(v, key)
		case reflect.Map:
			v = v.MapIndex(reflect.ValueOf(key).Convert(v.Type().Key()))
		case reflect.Slice:
			if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < v.Len() {
				v = v.Index(i)
				break
			}
			return nil
		default:
			return nil
		}
		if !v.IsValid() {
			return nil
		}
	}
	return v.Interface()
}

// keys are the steps of a pointer.
func keys(pointer string) []string {
	out := strings.Split(pointer, "/")[1:]
	for i, key := range out {
		out[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
	}
	return out
}

// member is the field of a struct that JSON calls so; not valid where there is none.
func member(v reflect.Value, key string) reflect.Value {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == key && name != "" {
			return v.Field(i)
		}
		if name == "" && f.Anonymous {
			if inner := member(v.Field(i), key); inner.IsValid() {
				return inner
			}
		}
	}
	return reflect.Value{}
}

func of[T any]() any { return new(T) }

// namesOf are pointers to all fields of a struct but some.
func namesOf[T any](prefix string, but ...string) []string {
	var out []string
	t := reflect.TypeFor[T]()
next:
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		for _, b := range but {
			if name == b {
				continue next
			}
		}
		out = append(out, prefix+name)
	}
	return out
}

func paths(list ...string) []field { return judged(nil, list...) }

func judged(judge judge, list ...string) []field {
	out := make([]field, len(list))
	for i, path := range list {
		out[i] = field{path, judge}
	}
	return out
}
