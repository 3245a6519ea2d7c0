"""What any agent's model is told besides its own prompt, for models that read one."""

NOT_PERMITTED = """\
This person may not use some tools, which you therefore do not have. If the question needs one, tell the
person what is not permitted, and do not try another way:
{reasons}
"""

NOT_JSON = "The arguments of {tool} are not one valid JSON object. Call it again with valid arguments."
NOT_VALID = "The arguments of {tool} are not valid: {problems}. Call it again with valid arguments."
NO_SUCH_TOOL = "There is no tool called {tool}. These are the tools: {tools}."
