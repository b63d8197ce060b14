package cfapitest

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// openapiJSON is the part of Cloudflare's OpenAPI document that is about
// credentials, taken from https://github.com/cloudflare/api-schemas, Copyright
// (c) 2022, Cloudflare, under the BSD 3-Clause License. Its x-source says which
// version.
//
//go:embed openapi.json
var openapiJSON []byte

// document returns the OpenAPI document, mended. It is read once, because that
// takes longer than most tests.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapiJSON)
	if err != nil {
		return nil, err
	}
	keepServed(doc)
	mend(doc)
	addAccountPaths(doc)
	// The examples are not all of the form that they are examples of.
	return doc, doc.Validate(context.Background(), openapi3.DisableExamplesValidation())
})

// keepServed drops from the document what the fake does not serve.
func keepServed(doc *openapi3.T) {
	for path := range doc.Paths.Map() {
		if !slices.ContainsFunc(routes, func(rt route) bool { return rt.template == path }) {
			doc.Paths.Delete(path)
		}
	}
}

// addAccountPaths derives the paths for the tokens of accounts, which are newer
// than the document, from those for the tokens of users: requests and answers
// have the same shapes, and the path has one parameter more.
func addAccountPaths(doc *openapi3.T) {
	id := openapi3.NewPathParameter("account_id").WithSchema(identifier())
	for path, item := range doc.Paths.Map() {
		if rest, ok := strings.CutPrefix(path, "/user/tokens"); ok {
			derived := *item
			derived.Parameters = append(slices.Clone(item.Parameters), &openapi3.ParameterRef{Value: id})
			for method, op := range item.Operations() {
				own := *op
				own.OperationID = "account-" + op.OperationID // they are told apart by it
				derived.SetOperation(method, &own)
			}
			doc.Paths.Set("/accounts/{account_id}/tokens"+rest, &derived)
		}
	}
}

// identifier returns the schema of an id.
func identifier() *openapi3.Schema { return openapi3.NewStringSchema().WithPattern("^[0-9a-f]{32}$") }

// mend changes the document where it contradicts itself or what is known of the
// API since, and makes it say more about tokens.
func mend(doc *openapi3.T) {
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			mendFailure(op)
		}
	}
	schemas := doc.Components.Schemas

	// Of the id of a token the document says nothing, which kin-openapi takes for
	// an empty value.
	*schemas["iam_schemas-identifier"].Value = *identifier()

	// The condition of a token is called request_ip, which the document has with
	// a dot.
	condition := schemas["iam_condition"].Value
	condition.Properties["request_ip"] = condition.Properties["request.ip"]

	// A token may have a status that the document does not know. In a request it
	// may not.
	anyWord := openapi3.NewStringSchema().NewRef()
	token := *schemas["iam_token"].Value
	token.Properties = maps.Clone(token.Properties)
	token.Properties["status"] = anyWord
	tokens := doc.Paths.Value("/user/tokens")
	one := doc.Paths.Value("/user/tokens/{token_id}")
	verify := schemas["iam_response_single_segment"].Value.AllOf[1].Value
	verify.Properties["result"].Value.Properties["status"] = anyWord

	// Of a token in an answer the document says that it is an object.
	list := openapi3.NewArraySchema()
	list.Items = token.NewRef()
	narrow(tokens.Get, list)
	narrow(one.Get, &token)
	narrow(one.Put, &token)

	// To delete a token, the document asks for a body, and Cloudflare's own
	// client sends none.
	one.Delete.RequestBody.Value.Required = false
}

// mendFailure makes the answer with an error of an operation one that there can
// be. In the document it is a success too, with "success" both true and false.
func mendFailure(op *openapi3.Operation) {
	schema := op.Responses.Value("4XX").Value.Content["application/json"].Schema.Value
	if n := len(schema.AllOf); n > 0 {
		schema.AllOf = schema.AllOf[n-1:]
	}
}

// narrow makes an operation's result be of a schema.
func narrow(op *openapi3.Operation, result *openapi3.Schema) {
	media := op.Responses.Value("200").Value.Content["application/json"]
	both := openapi3.NewAllOfSchema()
	both.AllOf = openapi3.SchemaRefs{media.Schema, openapi3.NewObjectSchema().WithProperty("result", result).NewRef()}
	media.Schema = both.NewRef()
}

// options are how requests and answers are validated. Credentials are no matter
// of the document. It calls read-only what a client sends back of a token, and
// also the id of a permission group, which says what group is meant.
var options = &openapi3filter.Options{
	AuthenticationFunc:         openapi3filter.NoopAuthenticationFunc,
	ExcludeReadOnlyValidations: true,
	IncludeResponseStatus:      true,
	SkipSettingDefaults:        true,
}

// validation returns a request in the form in which it can be validated.
func validation(r *http.Request, rt *route, params map[string]string, body []byte) (*openapi3filter.RequestValidationInput, error) {
	doc, err := document()
	if err != nil {
		return nil, err
	}
	item := doc.Paths.Value(rt.template)
	c := r.Clone(context.Background())
	c.Body = io.NopCloser(bytes.NewReader(body))
	return &openapi3filter.RequestValidationInput{
		Request:    c,
		PathParams: params,
		Options:    options,
		Route: &routers.Route{
			Spec:      doc,
			Path:      rt.template,
			PathItem:  item,
			Method:    rt.method,
			Operation: item.GetOperation(rt.method),
		},
	}, nil
}

// check holds a request against the document.
func (s *Server) check(r *http.Request, rt *route, params map[string]string, body []byte) {
	if n := len(presented(r.Header).all()); n > 1 {
		s.complain(r, fmt.Sprintf("the request carries %d credentials", n))
	}
	if rt == nil {
		s.complain(r, "the fake does not serve this")
		return
	}
	if rt.beside {
		return // the document is about the API
	}
	in, err := validation(r, rt, params, body)
	if err == nil {
		err = openapi3filter.ValidateRequest(in.Request.Context(), in)
	}
	if err != nil {
		s.complain(r, "the request is not valid: "+reason(err))
	}
}

// checkAnswer holds an answer against the document.
func (s *Server) checkAnswer(r *http.Request, rt *route, params map[string]string, a answer) {
	if rt == nil || rt.beside {
		return
	}
	in, err := validation(r, rt, params, nil)
	if err == nil {
		err = openapi3filter.ValidateResponse(in.Request.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: in,
			Status:                 a.status,
			Header:                 http.Header{"Content-Type": {"application/json"}},
			Body:                   io.NopCloser(bytes.NewReader(a.body)),
			Options:                options,
		})
	}
	if err != nil {
		s.complain(r, fmt.Sprintf("the answer, %d, is not valid: %s", a.status, reason(err)))
	}
}

// complain fails the test because of a request.
func (s *Server) complain(r *http.Request, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.t.Errorf("cfapitest: %s", s.redact(fmt.Sprintf("%s %s: %s", r.Method, r.URL.RequestURI(), why), presented(r.Header)))
}

// reason returns why something is not valid. The error's own text is not used:
// it has the values in it, which may be credentials.
func reason(err error) string {
	var schema *openapi3.SchemaError
	if errors.As(err, &schema) {
		where := schema.JSONPointer()
		for inner := (*openapi3.SchemaError)(nil); errors.As(schema.Origin, &inner); {
			schema = inner
			where = append(where, schema.JSONPointer()...)
		}
		return fmt.Sprintf("%s%s: %s", parameter(err), "/"+strings.Join(where, "/"), schema.Reason)
	}
	var req *openapi3filter.RequestError
	var resp *openapi3filter.ResponseError
	switch {
	case errors.As(err, &req) && errors.Is(err, openapi3filter.ErrInvalidRequired):
		return parameter(err) + "it is required"
	case errors.As(err, &req):
		return parameter(err) + req.Reason
	case errors.As(err, &resp):
		return resp.Reason
	}
	return "see the OpenAPI document"
}

// parameter returns which parameter an error is about, to put before the rest.
func parameter(err error) string {
	var req *openapi3filter.RequestError
	if errors.As(err, &req) && req.Parameter != nil {
		return fmt.Sprintf("%s in %s: ", req.Parameter.Name, req.Parameter.In)
	}
	return ""
}
