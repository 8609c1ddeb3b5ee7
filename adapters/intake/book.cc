#include "adapters/intake/book.h"

namespace sam::intake {

const char* WhyName(Why why) {
  switch (why) {
    case Why::NONE: return "none";
    case Why::DOUBT: return "doubt";
    case Why::DOUBLED: return "doubled";
    case Why::REFUSED: return "refused";
    case Why::ATTACHMENT: return "attachment";
    case Why::NO_NUMBER: return "no-number";
    case Why::NO_CODE: return "no-code";
    case Why::WITHDRAWN: return "withdrawn";
    case Why::UNREADABLE: return "unreadable";
    case Why::WITHDRAWN_LATER: return "withdrawn-later";
    case Why::FILE: return "file";
  }
  return "unknown";
}

const char* StateName(State state) {
  switch (state) {
    case State::UNKNOWN: return "unknown";
    case State::WAITING: return "waiting";
    case State::POSTING: return "posting";
    case State::CREATED: return "created";
    case State::ATTACHED: return "attached";
    case State::DONE: return "done";
    case State::HELD: return "held";
    case State::BY_HAND: return "by-hand";
    case State::LEFT: return "left";
    case State::FILING: return "filing";
  }
  return "unknown";
}

const char* FileStateName(FileState state) {
  switch (state) {
    case FileState::UNKNOWN: return "unknown";
    case FileState::WAITING: return "waiting";
    case FileState::POSTING: return "posting";
    case FileState::SENT: return "sent";
    case FileState::REFUSED: return "refused";
    case FileState::DOUBT: return "doubt";
  }
  return "unknown";
}

bool AtItsEnd(State state) {
  return state == State::DONE || state == State::BY_HAND || state == State::LEFT;
}

}  // namespace sam::intake
