// An edit of nothing gives the input; an edit touches only what it names; a produced field is one field.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/header_block.h"
#include "terms/invariant.h"

using breakwater::mail::Field;
using breakwater::mail::HeaderBlock;
using breakwater::mail::HeaderEdit;

static void hold_edits(std::string_view message) {
  const auto block = HeaderBlock::parse(message);
  BREAKWATER_ASSERT(HeaderEdit(block).render() + std::string(block.body()) == message);
  std::string expected = "Received: here\r\n";
  for (const Field& field : block.fields()) {
    if (!field.is("Subject")) expected += field.raw;
  }
  if (!expected.ends_with("\r\n")) expected += "\r\n";
  HeaderEdit edit(block);
  edit.remove("Subject").prepend("Received", "here").append("X-Last", "1");
  BREAKWATER_ASSERT(edit.render() == expected + "X-Last: 1\r\n\r\n");
  const Field* subject = block.find("Subject");
  if (subject == nullptr) return;
  // In its place and with the same text: all other fields stay, further subjects go.
  const std::string replaced = HeaderEdit(block).replace("Subject", subject->unfolded()).render() + "\r\n";
  const auto again = HeaderBlock::parse(replaced);
  BREAKWATER_ASSERT(again.count("Subject") == 1 || block.overfull());
  BREAKWATER_ASSERT(again.fields().size() == block.fields().size() + 1 - block.count("Subject") ||
                    block.overfull());
}

static void hold_produced(std::string_view body) {
  const std::string message = breakwater::mail::produce_field("X-Name", body) + "\r\n";
  const auto block = HeaderBlock::parse(message);
  BREAKWATER_ASSERT(!block.malformed() && block.fields().size() == 1 && block.body().empty());
  BREAKWATER_ASSERT(breakwater::mail::produce_field("X-Name", block.fields()[0].unfolded()) + "\r\n" ==
                    message);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  hold_edits(bytes);
  hold_produced(bytes);
  return 0;
}
