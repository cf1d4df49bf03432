"""The one error for wrong input: where it is, what is wrong, what would be right."""


class InputError(ValueError):
    """Something that a person gave is wrong; the message is written for that person.

    where: file and key path, or option, e.g. `mine.toml: brand.product.quality`
    wrong: what is wrong there, in words
    right: what would be right, in words; may be empty
    """

    def __init__(self, where: str, wrong: str, right: str = "") -> None:
        self.where, self.wrong, self.right = where, wrong, right
        super().__init__(f"{where}: {wrong}" + (f"; {right}" if right else ""))

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, str, str]]:
        """How it travels from a process to another: with its parts."""
        return type(self), (self.where, self.wrong, self.right)
