// The one table of which coded answer may be given to which kind of signal. The hub takes any other into its
// log and lets it change nothing, an inbox offers no other. An answer is a code and no words: nothing beside it is told. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/shared_events.capnp.h"

namespace sam::contract {

// In the order that people are shown them; empty: this kind is not answered with a code.
const std::vector<schema::Answer>& AnswersTo(std::string_view code);
bool IsAnswerTo(std::string_view code, schema::Answer answer);

// Cooperation between parties is over for the sender when it is answered, not when it is registered. A report
// has its own table of steps, with a limit for each.
bool AwaitsAnswer(std::string_view code);
// The limits of such a signal that its answer ends.
bool EndsWithAnswer(std::string_view clock);

// As on a command line: "opened-inquiry". Empty: no answer of this build.
std::string AnswerWord(schema::Answer answer);
std::optional<schema::Answer> AnswerFromWord(std::string_view word);
// "offered, declined, not-reached"
std::string AnswerWords(std::string_view code);

}  // namespace sam::contract
