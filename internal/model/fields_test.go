package model

import (
	"reflect"
	"strings"
	"testing"
)

var fieldTexts = []string{
	`{}`, `{"a":{}}`, `{"a":[]}`, `{"a":[[],{},[{"b":null}]]}`, `{"kind":"Pod","spec":{"n":[1,-2.5e+3,0,true,false,null,"x"]}}`,
	`{"a":"\u00e9\n\"\\","é":"ü","b":"\ud83d\ude00","c":"\ud83d"}`, `{"a":1,"a":2,"a":{"b":1},"a":{"c":2}}`, "{\"a\":\"\xff\"}", `{"a":"` + "\t" + `"}`,
	` {"a" : 1 }`, `{"a":1} `, `{"a":1}{`, `{"a":1,}`, `{"a":01}`, `{"a":-}`, `{"a":1e}`, `{"a":.5}`, `{"a":+1}`, `{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"`, `{"a":"\`, `{"a"`, `{"a":`,
	`{"a":tru}`, `{,}`, `[1,]`, `[1]`, `"a"`, `null`, `1`, ``, `{"a":[1}`, `{"a":1]`, `{"a":nul}`, `{"a":"\uE000redacted:+12"}`,
	strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat("}", 300),
}

func TestFieldsAreThoseOfEncodingJSON(t *testing.T) {
	for _, text := range fieldTexts {
		if got, want := parseFields([]byte(text)), decodeFields([]byte(text)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func FuzzFields(f *testing.F) {
	for _, text := range fieldTexts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if got, want := parseFields(raw), decodeFields(raw); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", raw, got, want)
		}
	})
}

func BenchmarkFields(b *testing.B) {
	raw := []byte(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"labels":{"app":"web","team":"shop"},"name":"web","namespace":"prod"},"spec":{"replicas":3,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"env":[{"name":"LEVEL","value":"info"},{"name":"PORT","value":"8080"}],"image":"registry.example.org/web:1.0.0","name":"web","ports":[{"containerPort":8080,"name":"http"}],"readinessProbe":{"httpGet":{"path":"/ready","port":"http"},"periodSeconds":10},"resources":{"limits":{"memory":"256Mi"},"requests":{"cpu":"100m","memory":"256Mi"}}}]}}}}`)
	for name, parse := range map[string]func([]byte) map[string]any{"parse": parseFields, "encoding-json": decodeFields} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				parse(raw)
			}
		})
	}
}
