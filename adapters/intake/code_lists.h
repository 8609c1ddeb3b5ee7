// CodeLists: what a signal is called in one municipality's social system. Three versioned CSV
// tables of the mapping kit:
//   kinds    code (SIG-A1, SIG-A1:acute) -> type, reason, working_status, document_type,
//            document_sender, title
//   senders  sender (bvc.bollnas, bvc, *) -> from_who
//   units    unit (function/municipality, function) -> organisation_id, organisation_unit_id,
//            caseworker_id
// A cell "-" is not sent. Read once, then const; any thread. A kind that does not stand in the
// table is not written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/kit/code_table.h"
#include "broker/base/result.h"

namespace sam::intake {

struct Codes {
  std::string type;
  std::string reason;
  std::string working_status;
  std::string document_type;
  std::string document_sender;
  std::string title;
  std::string from_who;
  std::optional<int64_t> organisation_id;
  std::optional<int64_t> organisation_unit_id;
  std::optional<int64_t> caseworker_id;
};

struct Asked {
  std::string_view code;
  bool acute = false;
  std::string_view sender;        // function; empty when it is masked
  std::string_view receiver;      // function
  std::string_view municipality;  // four digits; may be empty
};

class CodeLists {
 public:
  // kInvalid: every mistake as file:line:column. kNotFound: no such file.
  static Result<CodeLists> Load(const std::string& kinds, const std::string& senders,
                                const std::string& units);

  bool Wants(std::string_view code, bool acute) const;
  // kNotFound says which table lacks what; codes and functions only.
  Result<Codes> Find(const Asked& asked) const;

 private:
  std::optional<kit::CodeTable> kinds_;
  std::optional<kit::CodeTable> senders_;
  std::optional<kit::CodeTable> units_;
};

}  // namespace sam::intake
