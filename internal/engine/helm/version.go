package helm

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"helm.sh/helm/v4/pkg/chart/common"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
)

// versions are the renders for other versions of Kubernetes, where nobody says which one
// the clusters run, and for the distributions that templates ask for: each of them beside
// nothing else, and beside most that is taken otherwise. Those versions that the templates
// cannot tell apart need one render.
func (h *helm) versions(asked string, most taken) []model.Otherwise {
	if !strings.Contains(asked, ".Capabilities") {
		return nil
	}
	assumed, err := strconv.Atoi(h.caps.KubeVersion.Minor)
	if err != nil {
		return nil
	}
	asks := &asks{}
	asks.literals(asked)
	states := []taken{{}}
	if most != (taken{}) {
		states = append(states, most)
	}
	if h.KubeVersion == "" && strings.Contains(asked, "KubeVersion") && !asks.part {
		for i := range states {
			states[i].asks = asks
		}
		for _, t := range states {
			_ = begin(h.Release, t).texts() // for what it asks alone
		}
	}
	var minors []int
	for minor := oldestRun; h.KubeVersion == "" && minor <= newestMinor; minor++ {
		if wanted := h.chart.Metadata.KubeVersion; wanted == "" || chartutil.IsCompatibleRange(wanted, fmt.Sprintf("v1.%d.0", minor)) {
			minors = append(minors, minor)
		}
	}
	slices.SortStableFunc(minors, func(a, b int) int { return cmp.Compare(distance(a, assumed), distance(b, assumed)) })
	rendered := map[int][]model.Otherwise{assumed: nil}
	like := func(minor int) (int, bool) { // a version that is rendered, and is the same to the templates
		for _, known := range slices.Sorted(maps.Keys(rendered)) {
			if asks.tell(known) == asks.tell(minor) {
				return known, true
			}
		}
		return 0, false
	}
	for more := true; more; { // what is rendered for one may ask for others
		more = false
		for _, minor := range minors {
			if _, known := like(minor); known {
				continue
			}
			more, rendered[minor] = true, []model.Otherwise{}
			for _, t := range states {
				t.minor = minor
				o, _ := h.other(t)
				rendered[minor] = append(rendered[minor], o)
			}
		}
	}
	var out []model.Otherwise
	for _, minor := range minors {
		known, _ := like(minor)
		for i, o := range rendered[known] {
			t := states[i]
			t.minor = minor
			o.If = t.words() // whichever of them the other side is rendered for
			out = append(out, o)
		}
	}
	for _, suffix := range asks.suffixes(asked) {
		for _, t := range states {
			t.suffix = suffix
			o, _ := h.other(t)
			out = append(out, o)
		}
	}
	return out
}

func distance(a, b int) int { return max(a-b, b-a) }

// onVersion says which version the clusters run.
func onVersion(minor int) string {
	return fmt.Sprintf("the cluster runs Kubernetes 1.%d (the repository's file can say which, under `kubernetes:`)", minor)
}

// distributions are those of Kubernetes whose versions say which they are, by what stands
// behind the version.
var distributions = map[string]string{"gke": "-gke.1000000", "eks": "-eks-0a1b2c3", "k3s": "+k3s1", "rke2": "+rke2r1", "k0s": "+k0s"}

var (
	// aDistribution matches a text that templates look for in a version.
	aDistribution = pattern.New(`\{\{[^{}]*\b(?:contains|hasSuffix|hasPrefix|has|\w*[rR]egex\w*|split\w*)\b[^{}]*["\x60][^"\x60{}]*\b(gke|eks|k3s|rke2|k0s)`)
	// aSuffix matches what may stand behind a version.
	aSuffix = pattern.New(`^[-+]?[A-Za-z][A-Za-z0-9.-]{0,30}$`)
)

// suffixes are what stands behind the version where it is of a distribution that templates
// ask for.
func (a *asks) suffixes(asked string) []string {
	if !strings.Contains(asked, "KubeVersion") {
		return nil
	}
	found := map[string]bool{}
	for _, m := range aDistribution.FindAllStringSubmatch(asked, -1) {
		found[distributions[m[1]]] = true
	}
	for _, text := range a.within {
		known := slices.ContainsFunc(slices.Collect(maps.Keys(found)), func(suffix string) bool { return strings.Contains(suffix, text) })
		if !known && aSuffix.MatchString(text) && !strings.HasPrefix(text, "v") {
			if text[0] != '-' && text[0] != '+' {
				text = "-" + text
			}
			found[text] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// asks is what templates ask of the version of the cluster.
type asks struct {
	bounds []int    // minor versions that it is held against
	apis   []string // that are asked for
	// version is that of the cluster; reads and compared are how often it is read, and
	// handed to semverCompare: there it is known what it is held against.
	version         string
	reads, compared int
	// part: a part of it is read, or of its text, and what becomes of it is not followed.
	part   bool
	within []string // texts that are looked for in it
}

var (
	// aMinor matches what templates hold a version against.
	aMinor = pattern.New(`(?:^|[^\w.]|\bv)1\.(\d{2})\b`)
	// anAPI matches what templates ask APIVersions for.
	anAPI = pattern.New(`\b(?:[a-z0-9.-]+/)?v\d+(?:(?:alpha|beta)\d+)?(?:/[A-Z]\w*)?\b`)
)

// literals notes what is written down.
func (a *asks) literals(asked string) {
	if strings.Contains(asked, "KubeVersion") {
		a.bound(asked)
		a.part = strings.Contains(asked, "eepCopy") // of a copy nothing is learnt
	}
	if strings.Contains(asked, "APIVersions") {
		a.apis = anAPI.FindAllString(asked, -1)
		slices.Sort(a.apis)
		a.apis = slices.Compact(a.apis)
	}
}

func (a *asks) bound(text string) {
	for _, m := range aMinor.FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(m[1]); err == nil && n >= oldestRun && n <= newestMinor {
			a.bounds = append(a.bounds, n)
		}
	}
	slices.Sort(a.bounds)
	a.bounds = slices.Compact(a.bounds)
}

// tell gives a text for a minor version: versions of equal texts are one to the templates.
// Where not all is known that a version is held against, each is another.
func (a *asks) tell(minor int) string {
	if a.part || a.reads > a.compared {
		return strconv.Itoa(minor)
	}
	var out strings.Builder
	for _, bound := range a.bounds {
		out.WriteString(strconv.Itoa(cmp.Compare(minor, bound)))
	}
	served := builtIn(minor)
	for _, api := range a.apis {
		out.WriteString(strconv.FormatBool(slices.Contains(served, api)))
	}
	return out.String()
}

// takeApart are the functions by which templates tell one version from another.
var takeApart = []string{"semverCompare", "semver", "regexFind", "mustRegexFind", "regexMatch", "mustRegexMatch", "regexFindAll", "mustRegexFindAll", "regexReplaceAll", "mustRegexReplaceAll", "regexReplaceAllLiteral", "mustRegexReplaceAllLiteral", "regexSplit", "mustRegexSplit",
	"contains", "hasPrefix", "hasSuffix", "has", "mustHas", "split", "splitn", "splitList", "trimPrefix", "trimSuffix", "trimAll", "trunc", "substr", "abbrev", "replace", "get", "hasKey"}

// functions note what becomes of the version.
func (a *asks) functions() template.FuncMap {
	out, all := template.FuncMap{}, sprig.GenericFuncMap()
	for _, name := range takeApart {
		out[name] = a.watch(name, reflect.ValueOf(all[name]))
	}
	return out
}

// watch is a function that notes when it is given the version.
func (a *asks) watch(name string, function reflect.Value) any {
	call := function.Call
	if function.Type().IsVariadic() {
		call = function.CallSlice
	}
	return reflect.MakeFunc(function.Type(), func(args []reflect.Value) []reflect.Value {
		given := func(i int) string {
			text, _ := args[i].Interface().(string)
			return text
		}
		out := call(args)
		last := len(args) - 1
		if !slices.ContainsFunc(args, func(arg reflect.Value) bool { return arg.Interface() == any(a.version) }) {
			return out
		}
		switch {
		case name == "semverCompare" && given(last) == a.version:
			a.compared++
			a.bound(given(0))
		case name == "regexFind" && out[0].String() == a.version: // as many do before they compare
			a.reads--
		default:
			a.part = true
		}
		if (name == "contains" || name == "hasSuffix") && len(a.within) < maxWithin {
			a.within = append(a.within, given(0))
		}
		return out
	}).Interface()
}

// maxWithin bounds the texts that are looked for.
const maxWithin = 4

// watched are capabilities that note what is asked of them.
type watched struct {
	asks        *asks
	version     common.KubeVersion
	APIVersions any
	HelmVersion any
}

func (w *watched) KubeVersion() *watchedVersion { return &watchedVersion{w.asks, &w.version} }

type watchedVersion struct {
	asks *asks
	of   *common.KubeVersion
}

func (v *watchedVersion) Major() string { return v.of.Major }

func (v *watchedVersion) Minor() string {
	v.asks.part = true
	return v.of.Minor
}

func (v *watchedVersion) Version() string {
	v.asks.reads++
	return v.of.Version
}

func (v *watchedVersion) GitVersion() string { return v.Version() }

func (v *watchedVersion) String() string {
	v.asks.reads++
	return v.of.String()
}
