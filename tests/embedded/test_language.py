"""Is it English? Forty short texts that are and forty that are not."""

from __future__ import annotations

import pytest

from services.embedded.language import is_foreign

ENGLISH = """Hi!
hello
haiku
thanks
Paris
Who is Angela Merkel?
Why is the sky blue?
Write a poem about rain
Tell me, why is the sky blue?
Leonardo da Vinci
El Niño
José Mourinho biography
My name is Siobhán and I love tea.
What is my name?
Explain Schadenfreude
What does "déjà vu" mean?
Translate "Bonjour le monde" to English
Translate to French: good morning, my friend
def f(x): return x * 2
SELECT * FROM users WHERE id = 3;
for (int i = 0; i < n; i++) { sum += a[i]; }
`git rebase -i HEAD~3`
2 + 2 = ?
What is α in physics?
E = mc^2
best sushi in Tokyo
banana bread recipe
San Francisco travel tips
Buenos Aires
Kubernetes ingress nginx
JSON schema example
lol ok
make it shorter
one more, please
Dr. Müller
Chopin nocturnes for beginners
Summarise: Amelia Earhart was the first woman to fly solo across the Atlantic.
cat in a hat
https://example.com/eine/seite/auf/deutsch
🙂
names for a hamster
Tell me about Gabriel García Márquez
write python code
limerick, sonnet, haiku""".splitlines()

FOREIGN = """Bonjour, comment ça va ?
Quelle est la capitale de la France ?
Écris un poème sur la pluie
Raconte-moi une blague
Wie geht es dir?
Was ist die Hauptstadt von Frankreich?
schreibe ein Gedicht über den Regen
Warum ist der Himmel blau?
¿Cuál es la capital de España?
Cuéntame un chiste
¿por qué el cielo es azul?
Qual è la capitale d'Italia?
Raccontami una barzelletta
Perché il cielo è blu?
Qual é a capital de Portugal?
Conte uma piada
Por que o céu é azul?
Wat is de hoofdstad van Nederland?
Waarom is de lucht blauw?
Vad är huvudstaden i Sverige?
Varför är himlen blå?
Hvad er hovedstaden i Danmark?
Miksi taivas on sininen?
Jaka jest stolica Polski?
Dlaczego niebo jest niebieskie?
Proč je obloha modrá?
Miért kék az ég?
De ce este cerul albastru?
Türkiye'nin başkenti neresi?
Gökyüzü neden mavi?
Tại sao bầu trời màu xanh?
Mengapa langit berwarna biru?
Почему небо голубое?
Привет!
Чому небо блакитне?
Γιατί ο ουρανός είναι μπλε;
لماذا السماء زرقاء؟
למה השמיים כחולים?
आसमान नीला क्यों है?
空はなぜ青いの?
你好
天空为什么是蓝色的?
하늘은 왜 파란가요?
ทำไมท้องฟ้าถึงเป็นสีฟ้า""".splitlines()


@pytest.mark.parametrize("text", ENGLISH)
def test_english_raises_no_alarm(text):
    assert not is_foreign(text)


@pytest.mark.parametrize("text", FOREIGN)
def test_another_language_is_noticed(text):
    assert is_foreign(text)


def test_nothing_is_no_language():
    assert not is_foreign("")


def test_a_foreign_question_with_english_code_is_still_foreign():
    assert is_foreign("Was macht dieser Code hier?\n```\nfor the sake of it, print the value\n```")
