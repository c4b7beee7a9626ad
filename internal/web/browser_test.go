package web

import (
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/web/webtest"
)

// shown counts the rows of the list that can be seen.
const shown = `[...document.querySelectorAll(".list a.go")].filter(a => a.checkVisibility()).length`

func TestReadingInABrowser(t *testing.T) {
	b := webtest.Start(t, 1400, 900)
	b.Open(serve(t, sample(t)))
	webtest.Is(b, `document.querySelector("h1").textContent`, report.Title(sample(t)))
	webtest.Is(b, `document.querySelector("#object h2").textContent`, "Deployment shop/web")
	webtest.Is(b, `document.querySelector("#object ins mark").textContent`, "latest")
	webtest.Is(b, `document.querySelector("#object ins .cause").href`, "https://github.example.com/acme/shop/blob/"+sample(t).Head+"/apps/prod/kustomization.yaml#L7")
	webtest.Is(b, `document.querySelector("#object .diff .finding strong").textContent`, "mutable image tag")
	webtest.Is(b, `document.querySelectorAll("script:not([src]), style").length`, 0)
	webtest.Is(b, `document.body.innerHTML.includes("`+hidden+`")`, false)
	// A fold opens, the next object comes without a new page, and so does one that
	// a finding leads to.
	webtest.Is(b, `document.querySelector("#object .fold .row").checkVisibility()`, false)
	b.Do(click("#object .fold summary"))
	webtest.Is(b, `document.querySelector("#object .fold .row").checkVisibility()`, true)
	webtest.Value[bool](b, `window.same = true`)
	b.Do(click(`.list a[data-kind="ConfigMap"]`))
	b.Until(`document.querySelector("#object h2").textContent === "ConfigMap shop/conf"`)
	webtest.Is(b, `document.querySelector("#object .diff").textContent.includes("<script>alert(2)</script>")`, true)
	b.Do(click(`.facts a.go`))
	b.Until(`document.querySelector("#object h2").textContent === "Deployment shop/web"`)
	webtest.Is(b, `window.same`, true)
	webtest.Is(b, `new URL(location.href).searchParams.get("object")`, "0")
	b.Accessible("the page")
	b.Shot("review")
	b.Dark()
	b.Accessible("the dark page")
	b.Shot("review-dark")
}

func TestSideBySide(t *testing.T) {
	b := webtest.Start(t, 1400, 900)
	b.Open(serve(t, sample(t)))
	left := func(of string) string {
		return `Math.round(document.querySelector("#object ` + of + `").getBoundingClientRect().left)`
	}
	webtest.Is(b, left("del")+" === "+left("ins"), true)
	b.Press("s")
	webtest.Is(b, left("del")+" < "+left("ins"), true)
	webtest.Is(b, `document.querySelector("#object del").getBoundingClientRect().top === document.querySelector("#object ins").getBoundingClientRect().top`, true)
	b.Do(click(`.list a[data-kind="ConfigMap"]`))
	b.Until(`document.querySelector("#object h2").textContent === "ConfigMap shop/conf"`)
	webtest.Is(b, `document.querySelector("#split").checked`, true)
	b.Accessible("the page side by side")
	b.Shot("review-split")
	b.Open(webtest.Value[string](b, `location.href`))
	b.Until(`document.querySelector("#split").checked`) // it is remembered
}

func TestFilters(t *testing.T) {
	b := webtest.Start(t, 1400, 900)
	b.Open(serve(t, sample(t)))
	webtest.Is(b, shown, 5) // alike ones are folded
	b.Press("/")
	b.Press("conf")
	b.Until(shown + " === 1")
	webtest.Is(b, `new URL(location.href).searchParams.get("q")`, "conf")
	webtest.Value[string](b, `document.querySelector(".filter").reset() || (document.querySelector("[name=q]").value = "")`)
	choose(b, "severity", "high")
	b.Until(`document.querySelector(".list").textContent.includes("1 shown")`)
	choose(b, "severity", "")
	choose(b, "kind", "Secret")
	b.Until(`document.querySelector(".list").textContent.includes("Secret shop/db")`)
	b.Open(webtest.Value[string](b, `location.origin + location.pathname`))
	b.Do(click(`.nav a[data-target="1"]`))
	b.Until(`document.readyState === "complete" && document.querySelector(".nav a[data-target='1']")?.getAttribute("aria-current") === "true"`)
	webtest.Is(b, shown, 2)
}

func TestKeys(t *testing.T) {
	b := webtest.Start(t, 1400, 900)
	b.Open(serve(t, sample(t)))
	before := webtest.Value[string](b, `document.querySelector("#object h2").textContent`)
	b.Press("j")
	b.Until(`document.querySelector("#object h2").textContent !== ` + quote(before))
	webtest.Is(b, `document.activeElement.classList.contains("go")`, true)
	b.Press("k")
	b.Until(`document.querySelector("#object h2").textContent === ` + quote(before))
	b.Press("o")
	webtest.Is(b, `document.querySelector("#object .fold").open`, true)
	b.Press("?")
	webtest.Is(b, `document.querySelector("#keys").open`, true)
	b.Press("\x1b")
	b.Until(`!document.querySelector("#keys").open`)
}

func TestAPhone(t *testing.T) {
	b := webtest.Start(t, 390, 800)
	b.Open(serve(t, sample(t)))
	b.Resize(390, 800)
	webtest.Is(b, `document.documentElement.scrollWidth <= innerWidth`, true)
	b.Accessible("the page on a phone")
	b.Shot("review-phone")
}

func TestWithoutScript(t *testing.T) {
	b := webtest.Start(t, 1400, 900)
	b.NoScript()
	at := serve(t, sample(t))
	b.Open(at + "?object=1")
	webtest.Is(b, `document.querySelector("#object h2").textContent`, "ConfigMap shop/conf")
	b.Open(at + "?kind=Secret")
	webtest.Is(b, `document.querySelectorAll(".list a.go").length`, 1)
	webtest.Is(b, `document.querySelector(".filter button").checkVisibility()`, true)
}

func TestAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "review.html")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := (File{Page: report.PageOf(sample(t))}).Write(out); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	b := webtest.Start(t, 1400, 900)
	b.Open((&url.URL{Scheme: "file", Path: name}).String())
	visible := `[...document.querySelectorAll(".object")].filter(o => o.checkVisibility()).map(o => o.querySelector("h2").textContent).join()`
	webtest.Is(b, visible, "Deployment shop/web")
	b.Do(click(`.list a[data-kind="Secret"]`))
	b.Until(visible + ` === "Secret shop/db"`)
	b.Until(`document.querySelector(".list a[data-kind=Secret]").getAttribute("aria-current") === "true"`)
	b.Press("k")
	b.Until(visible + ` !== "Secret shop/db"`)
	choose(b, "kind", "Service")
	b.Until(shown + " === 1")
	webtest.Is(b, `document.body.innerHTML.includes("`+hidden+`")`, false)
	b.Accessible("the file")
}

// What a reader waits for of 5,000 changed objects, told in the test's log.
func TestALargeReviewInABrowser(t *testing.T) {
	b := webtest.Start(t, 1400, 900)
	b.Open(serve(t, large()))
	webtest.Is(b, shown, listed)
	t.Logf("%v ms to the first byte, %v ms until it answers to keys", webtest.Value[float64](b, `performance.getEntriesByType("navigation")[0].responseStart`),
		webtest.Value[float64](b, `performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd`))
	webtest.Is(b, `document.querySelector(".pager a[rel=next]").click() === undefined`, true) // what scrolls there moves while it is aimed at
	b.Until(`document.readyState === "complete" && document.querySelector(".pager")?.textContent.includes("2 of 50")`)
	b.Press("/")
	b.Press("web-4321")
	b.Until(shown + " === 1")
}

// click clicks what a selector names first.
func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

// choose chooses in one of the filter's lists.
func choose(b *webtest.Browser, name, value string) {
	webtest.Value[bool](b, `(() => { const s = document.querySelector("[name=`+name+`]"); s.value = `+quote(value)+`; return s.dispatchEvent(new Event("input", {bubbles: true})); })()`)
}

func quote(s string) string { return strconv.Quote(s) }
