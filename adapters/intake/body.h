// What is written: the fields of an intake, its page and its files, made of a delivered signal and of
// nothing else, so that what the gate masked cannot be in them. Pure, any thread. All of it is
// personal: it goes into a request body and nowhere else.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "adapters/intake/book.h"
#include "adapters/intake/code_lists.h"
#include "adapters/rest/http_pull.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::intake {

struct Told {
  std::string code;
  bool acute = false;
  std::string sender;        // functions
  std::string receiver;
  std::string municipality;
  std::string person;        // personal or coordination number; empty: it names none
  std::string sender_name;   // who signed, else the function
  Millis decided_at;
};

// kInvalid: not a signal.
Result<Told> Read(std::string_view signal);

// Ours, in the intake's field Specifies: by it a look-up finds what a lost answer was about.
std::string Reference(const SignalId& signal);

// Body of POST Actualisations. `received_at`: its Date is that Swedish day. Codes without a value
// are left out; ServiceId and InvestigationId are the case worker's to fill.
std::string ActualisationJson(const Told& told, const Codes& codes, const std::string& reference,
                              Millis received_at);

// Parts of POST Attachments: the report as a page to read, as `samsignal-inbox show` has it.
Result<rest::Upload> Attachment(std::string_view signal, const Told& told, const Codes& codes,
                                const std::string& reference);

// How a file of the report stands over there; `number` from 1. The file name says nothing of the
// person; the title is the sender's. `missing`: of the page that goes in its place.
struct FileMark {
  std::string name;
  std::string title;
};
FileMark MarkOf(const SignalId& signal, size_t number, const Listed& file, bool missing);

// Parts of POST Attachments: the file itself, byte for byte, `next` giving one piece after the other.
rest::Upload FileUpload(const FileMark& mark, const Listed& file, const Told& told,
                        const Codes& codes, std::function<Result<std::string>()> next);
// In its place: a page that says that it is not sent and where it is to be fetched.
rest::Upload MissingUpload(const FileMark& mark, size_t number, const std::string& reference,
                           const Told& told, const Codes& codes);

}  // namespace sam::intake
