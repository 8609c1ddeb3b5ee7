// Inside broker/contract only: the rows of the text catalogue, in the order a person keeps them.
// Any thread: constants that live as long as the process.
#pragma once

#include <span>

#include "broker/contract/texts.h"

namespace sam::contract::internal {

std::span<const TextRow> EnumTexts();     // texts_enums.cc
std::span<const TextRow> MessageTexts();  // texts_table.cc
std::span<const TextRow> ReportTexts();   // texts_reports.cc
std::span<const TextRow> WebTexts();      // texts_web.cc

}  // namespace sam::contract::internal
