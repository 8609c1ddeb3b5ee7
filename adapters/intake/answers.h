// What the social system's answers mean for an intake. Pure, any thread. The one question: may the
// POST have been carried out? Only a certain "no" lets it be sent again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/rest/http_pull.h"
#include "broker/base/result.h"

namespace sam::intake {

enum class Meaning {
  kDone,      // carried out
  kLater,     // certainly not carried out; the system as a whole cannot just now, or lets us not in
  kRefused,   // certainly not carried out, and never will be as it stands: a person must look
  kDoubt,     // it may have been
};

struct Verdict {
  Meaning meaning = Meaning::kDoubt;
  const char* what = "";  // for the log: denied, busy, unreachable, refused, unexpected
  std::string id;         // of kDone, when the answer is a number
};

// Of POST Actualisations: done only with the int id that the API promises.
Verdict OfIntake(const rest::HttpAnswer& answer);
// Of POST Attachments and of a look-up's GET: any 2xx is done.
Verdict OfOther(const rest::HttpAnswer& answer);
// The number that an answer is, if it is one.
std::string NumberIn(const rest::HttpAnswer& answer);

// Retry-After, within reason.
int64_t AskedMs(const rest::HttpAnswer& answer);
// The network's or the system's state, whoever asks.
bool IsPassing(const char* what);

// A page of Extract/Actualisations, searched for an intake of ours.
struct Sighting {
  size_t rows = 0;
  std::vector<std::string> ids;  // of rows that carry our reference
  // A row of this person, or of nobody we can name, that shows no reference or only a part of one,
  // or ours without a number: nobody can tell.
  bool unclear = false;
};
// kInvalid: not a list of rows. `person` is compared by its last ten characters.
Result<Sighting> Search(const std::string& body, const std::string& reference,
                        const std::string& person);


// What GET Attachments of an intake says of one file of ours, known by its name or, where the list
// shows no names, by its title. kInvalid: not a list of rows.
enum class Seen { kThere, kNotThere, kUnclear };
Result<Seen> SearchFile(const std::string& body, const std::string& name, const std::string& title);

}  // namespace sam::intake
