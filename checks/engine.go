package checks

import "github.com/seaworthy-dev/seaworthy/internal/review"

// Engine are the findings that the review itself makes. They are no checks, and
// are explained like them.
var Engine = []*review.Check{
	{
		ID: review.ConfigInvalid, Area: review.Operations, Severity: review.Medium, Tags: []review.Tag{review.Policies},
		Doc: review.Doc{
			Title:  "the repository's file has a mistake",
			What:   "Reads `.github/seaworthy.yaml` of the governing branch, and reports every unknown key and every invalid value, with its line. The rest of the file still applies. It never blames a pull request, because the pull request's own file is not used.",
			Why:    "A waiver or a severity that is not understood has no effect, and nobody would know.",
			Fix:    "Correct the line that the finding names.",
			Verify: "seaworthy review --base main --head WORKTREE --config .github/seaworthy.yaml",
			Waive:  "It cannot be waived: the waiver would be in the same file.",
			Effort: "small",
			Bad:    "checks:\n  image-tag-mutabel: {enabled: false}",
			Good:   "checks:\n  image-tag-mutable: {enabled: false}",
		},
	},
	{
		ID: review.RenderFailed, Area: review.Architecture, Severity: review.Critical, Tags: []review.Tag{review.Build},
		Doc: review.Doc{
			Title:  "does not build",
			What:   "Renders every target that the change can affect, as Flux and Kustomize do, at base and head. A target that does not build is a finding at the line that causes the error. It is new if the target built before, or did not exist.",
			Why:    "The cluster keeps its current state and gets no updates from this directory, neither today's fix nor next week's security update, until someone reads the controller's log.",
			Fix:    "Correct the line that the finding names. The message uses the repository's own paths.",
			Verify: "kustomize build --load-restrictor LoadRestrictionsNone DIR",
			Waive:  "The directory is not a target: list it under `targets.exclude` in the repository's file.",
			Effort: "small",
			Bad:    "resources:\n- deploymnet.yaml",
			Good:   "resources:\n- deployment.yaml",
		},
	},
	{
		ID: review.SightLost, Area: review.Architecture, Severity: review.High, Tags: []review.Tag{review.Build},
		Doc: review.Doc{
			Title:  "not visible any more",
			What:   "Reports a target that was rendered at base and cannot be rendered whole at head, because it now takes something that is not visible from here: the value of an encrypted Secret, a source that is not fetched, a field that is not followed. Of a target that was visible in part, reports the values that the change puts into such a variable. Reported on pull requests only.",
			Why:    "What is hidden can be changed in the same pull request, and nobody who reads the diff would know. That is so too where hiding it is right: encrypting a value and altering it look alike.",
			Fix:    "Make it visible again, or let somebody who can see both sides compare them and accept it on the pull request: `/audit waive sight-lost until=YYYY-MM-DD reason=\"the values are the same\"`.",
			Verify: "sops -d FILE | diff - <(git show BASE:FILE)",
			Waive:  "Somebody who holds the key, and did not make the change, has compared the values.",
			Effort: "small",
		},
	},
	{
		ID: review.ConfigChanged, Area: review.Operations, Severity: review.Info, Tags: []review.Tag{review.Policies},
		Doc: review.Doc{
			Title:  "the review rules change",
			What:   "Reports a pull request that changes the repository's file, and what the new file would say about the same change.",
			Why:    "A pull request is judged by the file of the governing branch, never by its own. Whoever approves it should know that the rules change with it.",
			Fix:    "Make sure that the people responsible for the rules agree.",
			Verify: "git diff main -- .github/seaworthy.yaml",
			Waive:  "It never blocks.",
			Effort: "small",
		},
	},
	{
		ID: review.WaiverExpired, Area: review.Operations, Severity: review.Medium, Tags: []review.Tag{review.Policies},
		Doc: review.Doc{
			Title:  "a waiver has expired",
			What:   "Reports waivers in the governing branch whose last day has passed. No pull request is blamed for it.",
			Why:    "The finding that the waiver accepted is open again, and can block the next change that touches it.",
			Fix:    "Fix what it waived, or renew it with a new reason and date.",
			Verify: "grep -n expires .github/seaworthy.yaml",
			Waive:  "It never blocks.",
			Effort: "small",
		},
	},
	{
		ID: review.WaiverInvalid, Area: review.Operations, Severity: review.Medium,
		Doc: review.Doc{
			Title:  "a waiver comment is not valid",
			What:   "Reports comments `# seaworthy: waive …` without the check, `until`, `owner` or `reason`, or with a check that does not exist, in files that have findings and that a change alters.",
			Why:    "Its author believes that it is in effect, but the finding is still open.",
			Fix:    "Write all parts: the check, `until=YYYY-MM-DD`, `owner=@team` and `reason=\"why\"`.",
			Verify: "grep -rn 'seaworthy: waive' .",
			Waive:  "It never blocks.",
			Effort: "small",
			Bad:    "replicas: 1   # seaworthy: waive single-replica",
			Good:   "replicas: 1   # seaworthy: waive single-replica until=2027-03-31 owner=@acme/batch reason=\"one job at a time\"",
		},
	},
	{
		ID: review.WaiverProposed, Area: review.Operations, Severity: review.Info,
		Doc: review.Doc{
			Title:  "a waiver is proposed",
			What:   "Reports comments `# seaworthy: waive …` that the governing branch does not have at the same key of the same file.",
			Why:    "A pull request does not waive its own findings: they stay open until the waiver is merged. Whoever approves it should see the new waiver.",
			Fix:    "Make sure that the owner agrees.",
			Verify: "git diff main | grep '^+.*seaworthy: waive'",
			Waive:  "It never blocks.",
			Effort: "small",
		},
	},
	{
		ID: review.WaiverUnused, Area: review.Operations, Severity: review.Low,
		Doc: review.Doc{
			Title:  "a waiver matches no finding",
			What:   "In an audit, reports waivers that match no finding of the repository. If part of the repository is not visible, it reports nothing.",
			Why:    "The original finding is fixed or gone. One day the waiver may hide another finding that nobody intended to accept.",
			Fix:    "Remove it, or correct the object that it names.",
			Verify: "seaworthy audit --format json",
			Waive:  "It never blocks.",
			Effort: "small",
		},
	},
}
