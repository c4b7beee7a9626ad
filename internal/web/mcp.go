package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/yamldiff"
)

// What the tools are asked.
type (
	askReviews struct {
		Repository string `json:"repository" jsonschema:"the repository, as owner/name"`
	}
	askReview struct {
		Review int64 `json:"review" jsonschema:"the review's number, as its page's address has it"`
	}
	askFindings struct {
		Review int64  `json:"review" jsonschema:"the review's number, as its page's address has it"`
		Status string `json:"status,omitempty" jsonschema:"only those: new, worse, existing, fixed, waived or unknown"`
	}
	askDiff struct {
		Review int64 `json:"review" jsonschema:"the review's number, as its page's address has it"`
		Object int   `json:"object" jsonschema:"the object's index in the review's changes"`
	}
	askCheck struct {
		Check string `json:"check" jsonschema:"the check's id, as a finding names it"`
	}
)

const (
	// mcpListed bounds what one answer lists.
	mcpListed = 200
	// mcpContext is how many unchanged lines a diff has around what changed.
	mcpContext = 5
)

// agents answers the Model Context Protocol: what the pages show, for reading, by
// the caller's token of GitHub. Nothing is kept between two requests.
func (p *Pages) agents() http.Handler {
	h := mcp.NewStreamableHTTPHandler(func(r *http.Request) *mcp.Server { return p.tools(bearer(r)) },
		&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if bearer(r) == nil && p.GitHub.Public == nil {
			w.Header().Set("WWW-Authenticate", `Bearer realm="GitHub"`)
			http.Error(w, "a token of GitHub's is needed", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// tools are what a caller can ask.
func (p *Pages) tools(v *Viewer) *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "seaworthy", Title: "Seaworthy: reviews of GitOps pull requests", Version: "1"}, nil)
	tool(s, "reviews", "Lists the open pull requests of a repository with the verdict of their latest review.", func(ctx context.Context, in askReviews) (any, error) {
		return p.reviewsOf(ctx, v, in.Repository)
	})
	tool(s, "review", "Gives the verdict of a review: what changes in which clusters, the images, what is not visible, and an index of the changed objects.", func(ctx context.Context, in askReview) (any, error) {
		return p.briefly(ctx, v, in.Review)
	})
	tool(s, "findings", "Gives the findings of a review with their places and what to do about each.", func(ctx context.Context, in askFindings) (any, error) {
		return p.findingsOf(ctx, v, in)
	})
	tool(s, "diff", "Gives the rendered YAML of one changed object as a diff, and the line of the repository that changed each field.", func(ctx context.Context, in askDiff) (any, error) {
		return p.diffOf(ctx, v, in)
	})
	tool(s, "explain_check", "Explains a check: why it matters, how to fix what it finds, when to waive it.", func(_ context.Context, in askCheck) (any, error) {
		if p.Explain == nil {
			return nil, errors.New("checks are not explained here")
		}
		if text := p.Explain(in.Check); text != "" {
			return text, nil
		}
		return nil, fmt.Errorf("there is no check %q", in.Check)
	})
	return s
}

// tool adds a tool that only reads. What it gives is sent as text: a string as it
// is, anything else as JSON.
func tool[In any](s *mcp.Server, name, what string, answer func(context.Context, In) (any, error)) {
	no := false
	mcp.AddTool(s, &mcp.Tool{Name: name, Description: what, Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, DestructiveHint: &no, IdempotentHint: true, OpenWorldHint: &no}},
		func(ctx context.Context, _ *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {
			out, err := answer(ctx, in)
			switch {
			case errors.Is(err, ErrNone), errors.Is(err, errNobody), errors.Is(err, ErrSignedOut):
				err = errors.New("there is no such thing, or the token cannot read its repository")
			case err != nil:
				return nil, nil, err
			}
			if err != nil {
				return nil, nil, err
			}
			text, plain := out.(string)
			if !plain {
				j, err := json.Marshal(out)
				if err != nil {
					return nil, nil, fmt.Errorf("write the answer: %w", err)
				}
				text = string(j)
			}
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
		})
}

// reviewsOf lists a repository's open pull requests.
func (p *Pages) reviewsOf(ctx context.Context, v *Viewer, name string) (any, error) {
	owner, repository, ok := strings.Cut(name, "/")
	if !ok {
		return nil, errors.New("say which repository, as owner/name")
	}
	all, err := p.Knowledge.Repositories(ctx, owner)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		if strings.EqualFold(one.Name, repository) {
			return p.repositoryJSON(ctx, v, strconv.FormatInt(one.ID, 10))
		}
	}
	return nil, ErrNone
}

// kept opens the page of a review for a caller.
func (p *Pages) kept(ctx context.Context, v *Viewer, id int64) (Review, *report.Page, error) {
	found, err := p.allowed(ctx, v, strconv.FormatInt(id, 10), p.Reviews.Review)
	if err != nil {
		return found, nil, err
	}
	page, err := p.page(ctx, found)
	return found, page, err
}

// briefly is a review without its findings and lines.
func (p *Pages) briefly(ctx context.Context, v *Viewer, id int64) (any, error) {
	found, page, err := p.kept(ctx, v, id)
	if err != nil {
		return nil, err
	}
	type change struct {
		Object  int      `json:"object"`
		Change  string   `json:"change"`
		Name    string   `json:"name"`
		Targets []string `json:"targets"`
		Fields  int      `json:"fields,omitempty"`
		Notes   []string `json:"notes,omitempty"`
	}
	out := struct {
		apiReview
		Verdict string              `json:"verdict"`
		Files   string              `json:"files,omitempty"`
		Digest  report.Digest       `json:"digest"`
		Images  []report.PageImage  `json:"images,omitempty"`
		Unseen  []report.PageUnseen `json:"notVisible,omitempty"`
		Changes []change            `json:"changes"`
		Left    int                 `json:"changesLeftOut,omitempty"`
	}{apiReview: apiReviewOf(found), Verdict: page.Verdict, Files: page.Account, Digest: page.Digest(), Images: page.Images, Unseen: page.Unseen, Changes: []change{}}
	for i, c := range page.Changes[:min(len(page.Changes), mcpListed)] {
		one := change{Object: i, Change: c.Change, Name: c.Object.String(), Fields: c.Fields, Notes: c.Notes}
		for _, t := range c.Targets[:min(len(c.Targets), mcpContext)] {
			one.Targets = append(one.Targets, page.Targets[t].ID)
		}
		out.Changes = append(out.Changes, one)
	}
	out.Left = len(page.Changes) - len(out.Changes)
	return out, nil
}

// findingsOf are a review's findings, the worst first.
func (p *Pages) findingsOf(ctx context.Context, v *Viewer, in askFindings) (any, error) {
	_, page, err := p.kept(ctx, v, in.Review)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	list := page.Findings[:0:0]
	left := 0
	for _, f := range page.Findings {
		if in.Status != "" && string(f.Status) != in.Status {
			continue
		}
		if len(list) == mcpListed {
			left++
			continue
		}
		list = append(list, f)
	}
	out["findings"], out["leftOut"] = list, left+page.LeftFindings
	return out, nil
}

// diffOf is an object's diff as a text.
func (p *Pages) diffOf(ctx context.Context, v *Viewer, in askDiff) (any, error) {
	found, page, err := p.kept(ctx, v, in.Review)
	if err != nil {
		return nil, err
	}
	if in.Object < 0 || in.Object >= len(page.Changes) {
		return nil, fmt.Errorf("the review has %d objects", len(page.Changes))
	}
	c := page.Changes[in.Object]
	sides, err := p.sides(ctx, found, c)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", c.Object, c.Change)
	if sides == nil {
		return b.String() + "The object was too large to keep.\n", nil
	}
	for _, h := range yamldiff.Fold(yamldiff.Compare(sides.Objects(c.Object)), mcpContext) {
		if h.Folded {
			fmt.Fprintf(&b, "@@ %d unchanged lines @@\n", len(h.Lines))
			continue
		}
		for _, l := range h.Lines {
			fmt.Fprintf(&b, "%c%s\n", l.Op, l.Text)
		}
	}
	for _, f := range sides.Fields {
		if f.Location != nil {
			fmt.Fprintf(&b, "%s is made so by %s:%d\n", f.Path, f.Location.File, f.Location.Line)
		}
	}
	return b.String(), nil
}
