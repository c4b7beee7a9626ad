package checks

import "github.com/seaworthy-dev/seaworthy/internal/review"

// Engine are the findings that the review itself makes. They are no checks, and
// are explained like them.
var Engine = []*review.Check{
	{
		ID: review.ConfigInvalid, Area: review.Operations, Severity: review.Medium, Tags: []review.Tag{review.Policies},
		Doc: review.Doc{
			Title:  "the repository's file has a mistake",
			What:   "Reads `.github/seaworthy.yaml` of the branch whose word counts, and tells every key that is not known and every value that cannot be read, with its line. The rest of the file still counts. It never blames a pull request: the file of the base is read.",
			Why:    "A waiver or a severity that is not understood does not count, and nobody would know.",
			Fix:    "Correct the line that the finding names.",
			Verify: "seaworthy review --base main --head WORKTREE --config .github/seaworthy.yaml",
			Waive:  "It cannot be waived: what would waive it stands in the same file.",
			Effort: "small",
			Bad:    "checks:\n  image-tag-mutabel: {enabled: false}",
			Good:   "checks:\n  image-tag-mutable: {enabled: false}",
		},
	},
	{
		ID: review.RenderFailed, Area: review.Architecture, Severity: review.Critical, Tags: []review.Tag{review.Build},
		Doc: review.Doc{
			Title:  "does not build",
			What:   "Renders every target that the change can reach, as Flux and Kustomize do, on both sides. A target that does not build is a finding at the line that stops it; it is new where it built before, or was not there.",
			Why:    "The cluster keeps what it has and gets nothing new from this directory, today's fix and next week's security update included, until someone reads the controller's log.",
			Fix:    "Correct the line that the finding names. The message says what is wrong in the repository's own paths.",
			Verify: "kustomize build --load-restrictor LoadRestrictionsNone DIR",
			Waive:  "A directory that is no target: list it under `targets.exclude` in the repository's file.",
			Effort: "small",
			Bad:    "resources:\n- deploymnet.yaml",
			Good:   "resources:\n- deployment.yaml",
		},
	},
	{
		ID: review.ConfigChanged, Area: review.Operations, Severity: review.Info, Tags: []review.Tag{review.Policies},
		Doc: review.Doc{
			Title:  "the rules of review change",
			What:   "Tells when a pull request changes the repository's file, and what the new one would say of the same change.",
			Why:    "A pull request is judged by the file that governs it, never by its own. Who approves it should know that the bar moves with it.",
			Fix:    "See that the people who answer for the rules agree.",
			Verify: "git diff main -- .github/seaworthy.yaml",
			Waive:  "It never blocks.",
			Effort: "small",
		},
	},
	{
		ID: review.WaiverExpired, Area: review.Operations, Severity: review.Medium, Tags: []review.Tag{review.Policies},
		Doc: review.Doc{
			Title:  "a waiver has run out",
			What:   "Tells of waivers in the governing branch whose last day is over. No pull request is blamed for it.",
			Why:    "What the waiver accepted for a while is open again, and blocks the next change that touches it.",
			Fix:    "Fix what it waived, or renew it with a new reason and day.",
			Verify: "grep -n expires .github/seaworthy.yaml",
			Waive:  "It never blocks.",
			Effort: "small",
		},
	},
	{
		ID: review.WaiverInvalid, Area: review.Operations, Severity: review.Medium,
		Doc: review.Doc{
			Title:  "a comment is no waiver",
			What:   "Tells of comments `# seaworthy: waive …` that lack the check, `until`, `owner` or `reason`, or name a check that does not exist, in the files that findings stand in and that a change alters.",
			Why:    "Whoever wrote it believes that it counts. What it was to waive is open.",
			Fix:    "Write all of it: the check, `until=YYYY-MM-DD`, `owner=@team` and `reason=\"why\"`.",
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
			What:   "Tells of comments `# seaworthy: waive …` that the branch which governs does not have beside the same key of the same file.",
			Why:    "A pull request does not waive its own findings: they stay open until the waiver is merged. Who approves it should see that it comes along.",
			Fix:    "See that the owner agrees.",
			Verify: "git diff main | grep '^+.*seaworthy: waive'",
			Waive:  "It never blocks.",
			Effort: "small",
		},
	},
	{
		ID: review.WaiverUnused, Area: review.Operations, Severity: review.Low,
		Doc: review.Doc{
			Title:  "a waiver waives nothing",
			What:   "Tells, in an audit, of waivers that no finding of the repository falls under. Where something of the repository cannot be seen it says nothing.",
			Why:    "What it was for is mended or gone, and one day it waives something that nobody has thought of.",
			Fix:    "Remove it, or correct the object that it names.",
			Verify: "seaworthy audit --format json",
			Waive:  "It never blocks.",
			Effort: "small",
		},
	},
}
