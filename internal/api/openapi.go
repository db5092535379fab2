package api

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/access"
)

// object is a JSON object of the description.
type object map[string]any

// openapi answers GET /api/v1/openapi.json, built from the routes and the
// metric table.
func (a *API) openapi(w http.ResponseWriter, r *http.Request) error {
	if _, err := parameters(r, nil); err != nil {
		return err
	}
	return writeJSON(w, a.OpenAPI())
}

// OpenAPI returns the description of the API.
func (a *API) OpenAPI() map[string]any {
	paths := object{}
	for _, route := range a.Routes() {
		methods, ok := paths[route.Path].(object)
		if !ok {
			methods = object{}
			paths[route.Path] = methods
		}
		methods[strings.ToLower(route.Method)] = operation(route)
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Codegauge", "version": a.opt.Version,
			"description": "What AI coding tools changed, by GitHub's published rules. Days are UTC calendar days; null is not zero.",
		},
		"servers":    []object{{"url": a.opt.Base.Root()}},
		"paths":      paths,
		"components": components(),
	}
}

func operation(r Route) object {
	op := object{
		"operationId": operationID(r),
		"summary":     r.Summary,
		"responses":   responses(r),
	}
	if len(r.Parameters) > 0 {
		op["parameters"] = describeParameters(r.Parameters)
	}
	switch rule, _ := access.RuleFor(r.Pattern()); {
	case r.Local:
		op["security"] = []object{{"local": []string{}}}
		op["requestBody"] = requestBody(r)
	case rule.At != access.Public:
		op["security"] = []object{{"token": []string{}}}
	}
	return op
}

func operationID(r Route) string {
	if r.ID != "" {
		return r.ID
	}
	words := strings.Split(strings.TrimPrefix(r.Path, "/api/v1/"), "/")
	for i := range words {
		words[i] = strings.Trim(words[i], "{}")
		if i > 0 {
			words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
		}
	}
	return strings.TrimSuffix(strings.Join(words, ""), ".json")
}

func describeParameters(parameters []Parameter) []object {
	var out []object
	for _, p := range parameters {
		d := object{"name": p.Name, "in": "query", "description": p.Description, "schema": p.schema()}
		if p.InPath {
			d["in"], d["required"] = "path", true
		}
		if p.Type == "list" {
			d["style"], d["explode"] = "form", false
		}
		out = append(out, d)
	}
	return out
}

func (p Parameter) schema() object {
	one := object{"type": "string"}
	switch p.Type {
	case "integer", "boolean":
		one["type"] = p.Type
	case "date":
		one["format"] = "date"
	}
	if p.Enum != nil {
		one["enum"] = p.Enum
	}
	if p.Type == "list" || p.Repeat {
		return object{"type": "array", "items": one}
	}
	return one
}

func requestBody(r Route) object {
	content := object{typeJSON: object{"schema": object{"type": "object"}}}
	if strings.HasSuffix(r.Path, "/import") {
		content = object{"multipart/mixed": object{"schema": object{"type": "string", "format": "binary"}}}
	}
	return object{"content": content}
}

func responses(r Route) object {
	content := object{}
	for _, t := range r.Produces {
		content[t] = object{"schema": bodySchema(r, t)}
	}
	if len(r.Produces) == 0 {
		content = nil
	}
	out := object{
		strconv.Itoa(cmp.Or(r.Status, http.StatusOK)): object{"description": cmp.Or(http.StatusText(r.Status), "OK"), "content": content},
		"default": object{"$ref": "#/components/responses/Error"},
	}
	if answers[r.Path] || r.Path == "/api/v1/reconcile" {
		out["304"] = object{"description": "The data has not changed since the answer with this ETag"}
	}
	return out
}

// answers are the routes that answer with columns and rows.
var answers = map[string]bool{"/api/v1/query": true, "/api/v1/adoption": true, "/api/v1/impact": true}

func bodySchema(r Route, mediaType string) object {
	switch {
	case mediaType == typeParquet:
		return object{"type": "string", "format": "binary"}
	case mediaType != typeJSON:
		return object{"type": "string"}
	case answers[r.Path]:
		return object{"$ref": "#/components/schemas/Answer"}
	}
	return object{"type": "object"}
}

func components() object {
	text := object{"type": "string"}
	date := object{"type": "string", "description": "YYYY-MM-DD, or empty"}
	return object{
		"securitySchemes": object{
			"local": object{"type": "http", "scheme": "bearer", "description": "The local credential in server.json of the data directory"},
			"token": object{"type": "http", "scheme": "bearer", "description": "A token, cg_…, as codegauge token create prints it; a browser that is signed in sends its cookie instead"},
		},
		"responses": object{"Error": object{
			"description": "400 invalid, 401 unauthorized, 403 forbidden, 404 not found or not yours to see, 409 conflict, 413 too large, 422 unsupported, 500 internal, 503 unavailable",
			"content":     object{typeJSON: object{"schema": object{"$ref": "#/components/schemas/Error"}}},
		}},
		"schemas": object{
			"Error": structure(object{"error": structure(object{"kind": text, "message": text})}),
			"Answer": structure(object{
				"definition": object{"type": "string", "enum": definitions()},
				"from":       date, "to": date, "complete_to": date,
				"held_back": object{"type": "array", "items": date, "description": "the ISO weeks, by their Mondays, in which a correction is held back from whoever asks"},
				"columns":   object{"type": "array", "items": object{"$ref": "#/components/schemas/Column"}},
				"rows":      object{"type": "array", "items": object{"type": "array", "items": object{"type": []string{"string", "number", "null"}}}},
				"warnings":  object{"type": "array", "items": text},
			}),
			"Column": object{"type": "object", "required": []string{"name", "type"}, "properties": object{
				"name": text,
				"type": object{"type": "string", "enum": []string{"date", "string", "integer", "number"}},
				"unit": text,
			}},
		},
	}
}

// structure is an object all of whose properties are there.
func structure(properties object) object {
	var required []string
	for name := range properties {
		required = append(required, name)
	}
	slices.Sort(required)
	return object{"type": "object", "properties": properties, "required": required}
}
