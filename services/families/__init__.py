"""What each model family documents, as data, and the bodies made from it. Knows nothing about sending them.

A body carries only what the family documents, never null, `seed: 0` or `top_p: 0`; beside it stand the names of the
wanted parameters that this model does not take, so that the page can say so.
"""

from services.families.chat import chat_body, chat_family, chat_tokens
from services.families.further import Parameter, further
from services.families.image import image_body, image_family
from services.families.match import Fields, Ignored
from services.families.speech import SpeechFamily, speech_body, speech_family
from services.families.transcription import TranscriptionFamily, transcription_body, transcription_family

__all__ = [
    "Fields",
    "Ignored",
    "Parameter",
    "SpeechFamily",
    "TranscriptionFamily",
    "chat_body",
    "chat_family",
    "chat_tokens",
    "further",
    "image_body",
    "image_family",
    "speech_body",
    "speech_family",
    "transcription_body",
    "transcription_family",
]
