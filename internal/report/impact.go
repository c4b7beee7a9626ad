package report

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// ImpactTitle is the impact of a change in a few words; "" where there is none to tell.
func ImpactTitle(i model.Impact) string {
	if i.Changed == 0 {
		return ""
	}
	title := fmt.Sprintf("elsewhere %d of %s would change", i.Changed, plural(i.Clusters, "cluster"))
	if i.Blocked > 0 {
		title += fmt.Sprintf(", %d not well", i.Blocked)
	}
	return title
}

// ImpactText is the impact of a change in sentences that name nobody.
func ImpactText(i model.Impact) string {
	if len(i.Repositories) == 0 {
		return "No cluster of another repository uses this one."
	}
	var b strings.Builder
	read := len(i.Repositories) - i.Unread
	switch {
	case i.Clusters == 0:
	case i.Changed == 0 && i.Unseen == 0:
		fmt.Fprintf(&b, "None of %s in %s would change.", plural(i.Clusters, "cluster"), plural(read, "dependent repository"))
	default:
		fmt.Fprintf(&b, "**%d of %s in %s would change.**", i.Changed, plural(i.Clusters, "cluster"), plural(read, "dependent repository"))
	}
	if i.Unseen > 0 {
		fmt.Fprintf(&b, " Of %d of them it cannot be told.", i.Unseen)
	}
	say := func(n int, one, many string) {
		switch {
		case n == 1:
			b.WriteString(" 1 " + one)
		case n > 1:
			fmt.Fprintf(&b, " %d %s", n, many)
		}
	}
	say(i.Follow, "follows the branch and changes when this is merged.", "follow the branch and change when this is merged.")
	say(i.Changed-i.Follow, "is pinned elsewhere and changes when it moves to this commit.", "are pinned elsewhere and change when they move to this commit.")
	say(i.Blocked, "of those that would change would be blocked by a review there, or does not build any more.", "of those that would change would be blocked by a review there, or do not build any more.")
	say(i.Partly, "of those that would change could not be seen whole.", "of those that would change could not be seen whole.")
	if i.Unread > 0 {
		fmt.Fprintf(&b, " %s could not be read or rendered: what would change there is not known.", plural(i.Unread, "further repository"))
	}
	return strings.TrimSpace(b.String())
}

// ImpactOn is what becomes of one repository, a line for each of its clusters.
func ImpactOn(r model.ImpactedRepository) []string {
	if r.Problem != "" {
		return []string{"could not be looked at: " + r.Problem}
	}
	var out []string
	for _, c := range r.Clusters {
		name := c.Name
		if name == "" {
			name = "no cluster of a name"
		}
		line := name + ": "
		switch c.State {
		case model.ClusterChanged:
			line += fmt.Sprintf("%d of %s would change", c.Changed, plural(c.Targets, "target"))
			if c.Follows {
				line += ", when this is merged"
			} else {
				line += ", when it moves to this commit"
			}
		case model.ClusterUnseen:
			line += "it cannot be told whether it would change"
		default:
			line += "would not change"
		}
		if len(c.Refs) > 0 {
			line += " (" + strings.Join(c.Refs, ", ") + ")"
		}
		if c.Failed > 0 {
			line += fmt.Sprintf("; %s would not build any more", plural(c.Failed, "target"))
		}
		if c.Blocking > 0 {
			line += fmt.Sprintf("; %s would block a review there", plural(c.Blocking, "finding"))
		}
		if c.Unseen > 0 && c.State == model.ClusterChanged {
			line += "; not all of it could be seen"
		}
		out = append(out, line)
	}
	return out
}

// impactLines is the impact with the names of all, for who has the repositories.
func impactLines(i *model.Impact) []string {
	if i == nil {
		return nil
	}
	out := []string{strings.ReplaceAll(ImpactText(*i), "**", "")}
	for _, r := range i.Repositories {
		for _, line := range ImpactOn(r) {
			out = append(out, r.Name+", "+line)
		}
	}
	return out
}

// elsewhere is the same as a section of Markdown.
func elsewhere(i *model.Impact) string {
	if i == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n**Elsewhere**: " + ImpactText(*i) + "\n")
	for n, r := range i.Repositories {
		if n == 0 {
			b.WriteString("\n")
		}
		b.WriteString(ImpactList(r))
	}
	return b.String()
}

// ImpactList is what becomes of one repository as a list of Markdown.
func ImpactList(r model.ImpactedRepository) string {
	var b strings.Builder
	for _, line := range ImpactOn(r) {
		fmt.Fprintf(&b, "- %s, %s\n", code(r.Name), harmless(line))
	}
	return b.String()
}
