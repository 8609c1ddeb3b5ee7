// Inside broker/contract only: the rows of the text catalogue, in the order a person keeps them.
#pragma once

#include <vector>

#include "broker/contract/texts.h"

namespace sam::contract::internal {

std::vector<TextRow> EnumTexts();     // texts_enums.cc
std::vector<TextRow> MessageTexts();  // texts_table.cc

}  // namespace sam::contract::internal
