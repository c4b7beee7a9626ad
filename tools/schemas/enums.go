package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/schema"
)

// enums reads the types of k8s.io/api: the published schemas do not say which
// values a field may have, the types marked +enum do.
type enums struct {
	dir      string
	packages map[string]*goPackage // by directory below dir
}

type goPackage struct {
	values map[string][]string               // of a type marked +enum
	fields map[string]map[string]typeOfField // by struct and JSON name
}

// typeOfField is a type's package below k8s.io/api ("" for the same one) and its
// name.
type typeOfField struct{ pkg, name string }

func newEnums(dir string) *enums { return &enums{dir: dir, packages: map[string]*goPackage{}} }

// fill adds the values of a definition's fields.
func (e *enums) fill(definition string, s *schema.Shape) error {
	rest, ok := strings.CutPrefix(definition, "io.k8s.api.")
	parts := strings.Split(rest, ".")
	if !ok || len(parts) != 3 {
		return nil
	}
	p, err := e.pkg(parts[0] + "/" + parts[1])
	if err != nil {
		return err
	}
	for name, t := range p.fields[parts[2]] {
		in := p
		if t.pkg != "" {
			if in, err = e.pkg(t.pkg); err != nil {
				return err
			}
		}
		field := s.Fields[name]
		values := in.values[t.name]
		if field == nil || len(values) == 0 {
			continue
		}
		if field.Type == schema.Array {
			field = field.Items
		}
		if field.Type == schema.String {
			field.Enum = values
		}
	}
	return nil
}

func (e *enums) pkg(name string) (*goPackage, error) {
	if p := e.packages[name]; p != nil {
		return p, nil
	}
	p := &goPackage{values: map[string][]string{}, fields: map[string]map[string]typeOfField{}}
	e.packages[name] = p
	files := token.NewFileSet()
	parsed, err := filepath.Glob(filepath.Join(e.dir, name, "types*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range parsed {
		f, err := parser.ParseFile(files, file, nil, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("read the types of %s: %w", name, err)
		}
		p.read(f)
	}
	for t, values := range p.values {
		slices.Sort(values)
		p.values[t] = slices.Compact(values)
	}
	return p, nil
}

func (p *goPackage) read(f *ast.File) {
	imports := map[string]string{}
	for _, i := range f.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		if below, ok := strings.CutPrefix(path, "k8s.io/api/"); ok && i.Name != nil {
			imports[i.Name.Name] = below
		} else if ok {
			imports[filepath.Base(below)] = below
		}
	}
	marked := map[string]bool{}
	for _, d := range f.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.TYPE {
			continue
		}
		for _, s := range decl.Specs {
			t := s.(*ast.TypeSpec)
			marked[t.Name.Name] = isEnum(decl.Doc) || isEnum(t.Doc)
			if body, ok := t.Type.(*ast.StructType); ok {
				p.fields[t.Name.Name] = fieldsOf(body, imports)
			}
		}
	}
	for _, d := range f.Decls {
		if decl, ok := d.(*ast.GenDecl); ok && decl.Tok == token.CONST {
			p.constants(decl, marked)
		}
	}
}

func isEnum(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.TrimSpace(strings.TrimPrefix(c.Text, "//")) == "+enum" })
}

// constants notes the values of the types that are marked.
func (p *goPackage) constants(decl *ast.GenDecl, marked map[string]bool) {
	for _, s := range decl.Specs {
		c := s.(*ast.ValueSpec)
		t, ok := c.Type.(*ast.Ident)
		if !ok || !marked[t.Name] {
			continue
		}
		for _, v := range c.Values {
			if literal, ok := v.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					p.values[t.Name] = append(p.values[t.Name], text)
				}
			}
		}
	}
}

// fieldsOf gives a struct's fields by their JSON names, with the type that they,
// or their items, have.
func fieldsOf(s *ast.StructType, imports map[string]string) map[string]typeOfField {
	out := map[string]typeOfField{}
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag, _ := strconv.Unquote(f.Tag.Value)
		_, rest, ok := strings.Cut(tag, `json:"`)
		name, _, _ := strings.Cut(rest, `"`)
		name, _, _ = strings.Cut(name, ",")
		if !ok || name == "" {
			continue
		}
		t := f.Type
		for {
			if pointer, ok := t.(*ast.StarExpr); ok {
				t = pointer.X
			} else if list, ok := t.(*ast.ArrayType); ok {
				t = list.Elt
			} else {
				break
			}
		}
		switch t := t.(type) {
		case *ast.Ident:
			out[name] = typeOfField{"", t.Name}
		case *ast.SelectorExpr:
			if x, ok := t.X.(*ast.Ident); ok && imports[x.Name] != "" {
				out[name] = typeOfField{imports[x.Name], t.Sel.Name}
			}
		}
	}
	return out
}
