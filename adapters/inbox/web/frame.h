// Frame: what every page has around its own part: language, title, way past the navigation, who is signed
// in, and the headers that keep a browser from doing more than showing it. Pure, any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "adapters/inbox/web/accounts.h"
#include "adapters/inbox/web/html.h"
#include "broker/contract/texts.h"
#include "broker/edge/http.h"

namespace sam::inbox::web {

struct Frame {
  contract::Language language = contract::Language::kSwedish;
  std::string function;
  std::string path;        // of this page, for the way to the other language
  std::string account;     // empty: nobody is signed in
  Role role = Role::kReader;
  std::string form_token;

  std::string Say(std::string_view id) const { return contract::Text(id, language); }
  std::string Say(std::string_view id,
                  const std::vector<std::pair<std::string, std::string>>& values) const {
    return contract::Text(id, language, values);
  }
};

// What a form did not have, by the id of its field; shown on top and at the field.
struct Fault {
  std::string field;  // empty: of the whole form
  std::string text_id;
};
using Faults = std::vector<Fault>;
void AddFaults(Html& out, const Frame& frame, const Faults& faults);
bool IsFaulty(const Faults& faults, std::string_view field);

void AddToken(Html& out, const Frame& frame);  // the hidden field of every form
// A labelled text field with hint and fault; `type` as in HTML.
struct Input {
  std::string id;
  std::string type = "text";
  std::string value = {};
  std::string label_id = {};
  std::string hint_id = {};
  std::string complete = "off";
};
void AddInput(Html& out, const Frame& frame, const Faults& faults, const Input& input);
void AddRadio(Html& out, const std::string& name, const std::string& value,
              const std::string& label, bool checked);

edge::HttpResponse Page(const Frame& frame, int status, const std::string& title, const Html& main);
edge::HttpResponse Redirect(const std::string& path);  // 303
// The same headers on what is no page.
edge::HttpResponse Plain(int status, std::string content_type, std::string body);
// A page with a heading and one sentence.
edge::HttpResponse Message(const Frame& frame, int status, std::string_view title_id,
                           std::string_view text_id);

extern const char* const kStyle;  // style.cc

}  // namespace sam::inbox::web
